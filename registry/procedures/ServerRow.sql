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
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    ROLLBACK;
    RESIGNAL;
  END;

  SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;
  START TRANSACTION WITH CONSISTENT SNAPSHOT;
  SELECT pool_id INTO v_pool_id FROM pool WHERE name = p_pool;
  CALL OwnRowSet(v_pool_id, p_server);
  COMMIT;
END
