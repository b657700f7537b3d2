-- SPDX-License-Identifier: Apache-2.0
-- RowSet: the row set of ServerRow, for a server whose buddies the caller knows.
-- One look by key at all three: a UNION costs as much as the change that it tells of.
CREATE OR REPLACE PROCEDURE RowSet(
  IN p_pool_id INT UNSIGNED,
  IN p_server VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_buddy_a VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_buddy_b VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin
)
  READS SQL DATA
  SQL SECURITY DEFINER
BEGIN
  SELECT CASE name WHEN p_server THEN 'self' WHEN p_buddy_a THEN 'buddy_a' ELSE 'buddy_b' END AS role,
         name, address, replace_port, incarnation, epoch
    FROM server WHERE pool_id = p_pool_id AND name IN (p_server, p_buddy_a, p_buddy_b);
  -- Of a pool of two, the other is both.
  IF p_buddy_a = p_buddy_b THEN
    SELECT 'buddy_b' AS role, name, address, replace_port, incarnation, epoch
      FROM server WHERE pool_id = p_pool_id AND name = p_buddy_b;
  END IF;
END
