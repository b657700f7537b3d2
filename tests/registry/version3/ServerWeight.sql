-- SPDX-License-Identifier: Apache-2.0
-- ServerWeight: how many clients ServerPick gives a server, in percent of what it gives
-- one of weight 100. It is the name's, as a drain is.
CREATE OR REPLACE PROCEDURE ServerWeight(
  IN p_pool VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_server VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_weight INT UNSIGNED,
  IN p_by VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_why TEXT CHARACTER SET utf8mb4
)
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
BEGIN
  DECLARE v_pool_id INT UNSIGNED;
  DECLARE v_was INT UNSIGNED;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    ROLLBACK;
    RESIGNAL;
  END;
  CALL CheckOperator(p_by);
  IF COALESCE(p_weight, 0) NOT BETWEEN 1 AND 100 THEN
    SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 32003,
      MESSAGE_TEXT = 'a weight must be 1 to 100; for no clients at all: buddyctl drain';
  END IF;

  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  SELECT pool_id INTO v_pool_id FROM pool WHERE name = p_pool FOR UPDATE;
  SELECT weight INTO v_was FROM server_incarnation WHERE pool_id = v_pool_id AND name = p_server;
  IF v_was IS NULL THEN
    SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 32002,
      MESSAGE_TEXT = 'no server of this name was ever announced in this pool; see: buddyctl ring';
  END IF;
  IF v_was <> p_weight THEN
    UPDATE server_incarnation SET weight = p_weight WHERE pool_id = v_pool_id AND name = p_server;
    UPDATE pool SET version = version + 1 WHERE pool_id = v_pool_id;
    CALL AuditOperator(p_pool, v_pool_id, 'weighted', p_server, p_by,
                       CONCAT('from ', v_was, ' to ', p_weight, ': ', COALESCE(p_why, '')));
  END IF;
  SELECT IF(v_was <> p_weight, 'weighted', 'already') AS outcome;
  COMMIT;
END
