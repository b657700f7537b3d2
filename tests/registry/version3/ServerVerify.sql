-- SPDX-License-Identifier: Apache-2.0
-- ServerVerify: every violation of the ring's invariants, one row each, in two
-- sets: what each row shows, and what a walk along the buddies shows. No rows in
-- either: the ring is whole.
--
-- It locks nothing: all reads are of one snapshot. Only plain SELECTs read the
-- tables, because in an INSERT ... SELECT they would take locks.
CREATE OR REPLACE PROCEDURE ServerVerify(IN p_pool VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin)
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
BEGIN
  DECLARE v_pool_id INT UNSIGNED;
  DECLARE v_count INT UNSIGNED DEFAULT 0;
  DECLARE v_steps INT UNSIGNED;
  DECLARE v_closed BOOLEAN;
  DECLARE v_start VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    ROLLBACK;
    RESIGNAL;
  END;

  DROP TEMPORARY TABLE IF EXISTS verify_visited;
  CREATE TEMPORARY TABLE verify_visited (
    name VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY
  ) ENGINE = InnoDB;

  SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;
  START TRANSACTION WITH CONSISTENT SNAPSHOT;
  SELECT pool_id INTO v_pool_id FROM pool WHERE name = p_pool;
  IF v_pool_id IS NULL THEN
    SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 32002, MESSAGE_TEXT = 'no server was ever announced in this pool';
  END IF;
  SELECT COUNT(*) INTO v_count FROM server WHERE pool_id = v_pool_id;
  CALL VerifyWalk(v_pool_id, v_start, v_steps, v_closed);

  CALL VerifyRows(v_pool_id, v_count);
  SELECT 'cycle' AS rule, v_start AS server,
         CONCAT('a walk from here does not come back; it ends after ', v_steps, ' servers') COLLATE utf8mb4_bin AS detail
    FROM pool WHERE pool_id = v_pool_id AND v_count > 1 AND NOT v_closed
  UNION ALL
  SELECT 'cycle', s.name, CONCAT('a walk from ', v_start, ' does not come by')
    FROM server s
    LEFT JOIN verify_visited ON verify_visited.name = s.name
    WHERE s.pool_id = v_pool_id AND verify_visited.name IS NULL;
  COMMIT;
  DROP TEMPORARY TABLE verify_visited;
END
