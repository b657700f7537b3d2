-- SPDX-License-Identifier: Apache-2.0
-- ServerDelete: takes a server out of the ring, makes its two buddies each
-- other's buddies, and says who they are.
--
-- Idempotent, and conditional on the incarnation (0: whatever it is): of two
-- callers one is told 'deleted', the other 'already'; a server that has
-- announced itself anew is left alone ('superseded'). Only a buddy can pronounce
-- a server dead: an accuser that is none, perhaps because it was itself deleted
-- while it was cut off, has no say ('not_buddy'). Whatever the outcome, the
-- accuser learns its own row as it is now.
CREATE PROCEDURE ServerDelete(
  IN p_pool VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_server VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_incarnation BIGINT UNSIGNED,
  IN p_accuser VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_reason VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_last_answer_ns BIGINT UNSIGNED,
  IN p_verdict_ns BIGINT UNSIGNED,
  IN p_misses INT UNSIGNED,
  IN p_detail TEXT CHARACTER SET utf8mb4
)
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
BEGIN
  DECLARE v_pool_id INT UNSIGNED;
  DECLARE v_size INT UNSIGNED;
  DECLARE v_address VARCHAR(45) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_incarnation BIGINT UNSIGNED;
  DECLARE v_buddy_a VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_buddy_b VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_outcome VARCHAR(16) CHARACTER SET ascii DEFAULT 'already';
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    ROLLBACK;
    RESIGNAL;
  END;

  IF p_reason IS NULL OR p_reason NOT IN ('dead', 'left', 'removed') THEN
    SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 32003, MESSAGE_TEXT = 'the reason must be dead, left or removed';
  END IF;

  START TRANSACTION;
  SELECT pool_id, size INTO v_pool_id, v_size FROM pool WHERE name = p_pool FOR UPDATE;
  SELECT address, incarnation, buddy_a, buddy_b INTO v_address, v_incarnation, v_buddy_a, v_buddy_b
    FROM server WHERE pool_id = v_pool_id AND name = p_server;

  IF v_address IS NOT NULL AND p_incarnation <> 0 AND p_incarnation <> v_incarnation THEN
    SET v_outcome = 'superseded';
  ELSEIF v_address IS NOT NULL AND p_reason = 'dead'
         AND NOT COALESCE(p_accuser IN (v_buddy_a, v_buddy_b), FALSE) THEN
    SET v_outcome = 'not_buddy';
  ELSEIF v_address IS NOT NULL THEN
    SET v_outcome = 'deleted';
    CALL RingRemove(v_pool_id, v_size, p_server);
    UPDATE pool SET version = version + 1 WHERE pool_id = v_pool_id;
    INSERT INTO audit (pool, event, server, address, incarnation, accuser, reason,
                       last_answer_ns, verdict_ns, misses, detail)
      VALUES (p_pool, 'deleted', p_server, v_address, v_incarnation, p_accuser, p_reason,
              p_last_answer_ns, p_verdict_ns, p_misses, LEFT(p_detail, 255));
  END IF;

  SELECT v_outcome AS outcome;
  IF v_outcome = 'deleted' THEN
    SELECT 'deleted_a' AS role, name, address, replace_port, incarnation, epoch
      FROM server WHERE pool_id = v_pool_id AND name = v_buddy_a
    UNION ALL
    SELECT 'deleted_b', name, address, replace_port, incarnation, epoch
      FROM server WHERE pool_id = v_pool_id AND name = v_buddy_b;
  END IF;
  CALL ServerRow(p_pool, p_accuser);
  COMMIT;
END
