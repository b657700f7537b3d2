-- SPDX-License-Identifier: Apache-2.0
-- OwnRowSet: the row set of ServerRow. Part of those who end with it.
CREATE OR REPLACE PROCEDURE OwnRowSet(
  IN p_pool_id INT UNSIGNED,
  IN p_server VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin
)
  READS SQL DATA
  SQL SECURITY DEFINER
BEGIN
  DECLARE v_buddy_a VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_buddy_b VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin;

  SELECT buddy_a, buddy_b INTO v_buddy_a, v_buddy_b FROM server WHERE pool_id = p_pool_id AND name = p_server;
  CALL RowSet(p_pool_id, p_server, v_buddy_a, v_buddy_b);
END
