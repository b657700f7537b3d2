-- SPDX-License-Identifier: Apache-2.0
-- ServerRow: a server's own row and its buddies', as they are at one moment.
-- No rows: it is not in the table.
CREATE OR REPLACE PROCEDURE ServerRow(
  IN p_pool VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_server VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin
)
  READS SQL DATA
  SQL SECURITY DEFINER
BEGIN
  DECLARE v_pool_id INT UNSIGNED;
  DECLARE v_buddy_a VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_buddy_b VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    ROLLBACK;
    RESIGNAL;
  END;

  SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;
  START TRANSACTION WITH CONSISTENT SNAPSHOT;
  SELECT own.pool_id, own.buddy_a, own.buddy_b INTO v_pool_id, v_buddy_a, v_buddy_b
    FROM pool
    JOIN server own ON own.pool_id = pool.pool_id AND own.name = p_server
    WHERE pool.name = p_pool;
  CALL RowSet(v_pool_id, p_server, v_buddy_a, v_buddy_b);
  COMMIT;
END
