-- SPDX-License-Identifier: Apache-2.0
-- PoolPause: for so many seconds from now on no verdict counts in a pool (ServerDelete);
-- with 0 seconds they count again from now on. Who leaves, and whom an operator removes, goes
-- as ever. A pause under way gets the new end, sooner or later. The end is compared with the
-- database's own clock.
--
-- The audit says who (p_by), why and by which account, of no server (''); outcome 'already',
-- nothing to resume, changes nothing and writes nothing.
CREATE OR REPLACE PROCEDURE PoolPause(
  IN p_pool VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_seconds INT UNSIGNED,
  IN p_by VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_why TEXT CHARACTER SET utf8mb4
)
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
BEGIN
  DECLARE v_pool_id INT UNSIGNED;
  DECLARE v_was BOOLEAN;
  DECLARE v_until TIMESTAMP(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    ROLLBACK;
    RESIGNAL;
  END;
  CALL CheckOperator(p_by);
  -- The client has the same number: limits::pause_max.
  IF p_seconds IS NULL OR p_seconds > 86400 THEN
    SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 32003, MESSAGE_TEXT = 'a pause must be at most 24 hours';
  END IF;

  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  SELECT pool_id, COALESCE(paused_until > CURRENT_TIMESTAMP(6), FALSE) INTO v_pool_id, v_was
    FROM pool WHERE name = p_pool FOR UPDATE;
  IF v_pool_id IS NULL THEN
    SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 32002,
      MESSAGE_TEXT = 'no server was ever announced in this pool; check its name';
  END IF;
  IF p_seconds > 0 OR v_was THEN
    SET v_until = IF(p_seconds > 0, CURRENT_TIMESTAMP(6) + INTERVAL p_seconds SECOND, NULL);
    UPDATE pool SET paused_until = v_until, version = version + 1 WHERE pool_id = v_pool_id;
    INSERT INTO audit (pool, event, server, address, incarnation, accuser, detail, account)
      VALUES (p_pool, IF(p_seconds > 0, 'paused', 'resumed'), '', '', 0, p_by,
              LEFT(CONCAT(IF(p_seconds > 0, CONCAT('for ', p_seconds, ' s: '), ''), COALESCE(p_why, '')), 255),
              LEFT(SESSION_USER(), 255));
  END IF;
  SELECT IF(p_seconds > 0, 'paused', IF(v_was, 'resumed', 'already')) AS outcome, v_until AS paused_until;
  COMMIT;
END
