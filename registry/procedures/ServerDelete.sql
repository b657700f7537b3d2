-- SPDX-License-Identifier: Apache-2.0
-- ServerDelete: takes a server out of the ring, or by a verdict a run of
-- adjacent ones, makes the two at its ends each other's buddies, and says who
-- they are.
--
-- Idempotent, and conditional on the incarnation (0: whatever it is, not for a verdict): of two
-- callers one is told 'deleted', the other 'already'; a server that has
-- announced itself anew is left alone ('superseded'). Only a buddy can pronounce
-- a server dead: an accuser that is none, perhaps because it was itself deleted
-- while it was cut off, has no say ('not_buddy'). RunCheck says what else a
-- verdict must fulfil. Whatever the outcome, the accuser learns its own row as it
-- is now. p_run is 'name=incarnation,name=incarnation', leading away from the
-- accuser; it, p_witness and p_word count for the reason 'dead' alone.
CREATE OR REPLACE PROCEDURE ServerDelete(
  IN p_pool VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_server VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_incarnation BIGINT UNSIGNED,
  IN p_accuser VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_reason VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_last_answer_ns BIGINT UNSIGNED,
  IN p_verdict_ns BIGINT UNSIGNED,
  IN p_misses INT UNSIGNED,
  IN p_detail TEXT CHARACTER SET utf8mb4,
  IN p_run VARCHAR(640) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_witness VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_word VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin
)
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
BEGIN
  DECLARE v_pool_id INT UNSIGNED;
  DECLARE v_size, v_drained INT UNSIGNED;
  DECLARE v_incarnation BIGINT UNSIGNED;
  DECLARE v_end_a VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_end_b VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_count INT UNSIGNED DEFAULT 1;
  DECLARE v_beyond VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_outcome VARCHAR(16) CHARACTER SET ascii DEFAULT 'deleted';
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    ROLLBACK;
    RESIGNAL;
  END;
  CALL CheckDeletion(p_reason, p_incarnation, p_run, p_word);

  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  SELECT pool_id, size, drained INTO v_pool_id, v_size, v_drained FROM pool WHERE name = p_pool FOR UPDATE;
  SELECT incarnation, buddy_a, buddy_b INTO v_incarnation, v_end_a, v_end_b
    FROM server WHERE pool_id = v_pool_id AND name = p_server;

  IF v_incarnation IS NULL THEN
    SET v_outcome = 'already';
  ELSEIF p_incarnation <> 0 AND p_incarnation <> v_incarnation THEN
    SET v_outcome = 'superseded';
  ELSEIF p_reason = 'dead' AND NOT COALESCE(p_accuser IN (v_end_a, v_end_b), FALSE) THEN
    SET v_outcome = 'not_buddy';
  ELSEIF p_reason = 'dead' THEN
    CALL RunCheck(p_pool, v_pool_id, p_server, p_accuser, p_run, p_witness, p_word, v_outcome, v_count, v_beyond);
  END IF;
  IF v_outcome = 'deleted' THEN
    CALL RunUnlink(p_pool, v_pool_id, v_size, v_drained, p_server, p_accuser, p_reason, p_last_answer_ns, p_verdict_ns, p_misses,
                   p_detail, IF(p_reason = 'dead', p_run, ''), IF(p_reason = 'dead', NULLIF(p_witness, ''), NULL),
                   IF(p_reason = 'dead', p_word, NULL));
  END IF;
  IF v_count > 1 THEN
    SET v_end_a = p_accuser, v_end_b = v_beyond;
  END IF;

  SELECT v_outcome AS outcome;
  IF v_outcome = 'deleted' THEN
    SELECT IF(name = v_end_a, 'deleted_a', 'deleted_b') AS role, name, address, replace_port, incarnation, epoch
      FROM server WHERE pool_id = v_pool_id AND name IN (v_end_a, v_end_b);
    -- Whoever is alone from then on is both.
    IF v_end_a = v_end_b THEN
      SELECT 'deleted_b' AS role, name, address, replace_port, incarnation, epoch
        FROM server WHERE pool_id = v_pool_id AND name = v_end_b;
    END IF;
  END IF;
  CALL OwnRowSet(v_pool_id, p_accuser);
  COMMIT;
END
