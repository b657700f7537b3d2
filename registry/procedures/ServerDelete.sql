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
-- verdict must fulfil. Whatever the outcome, the accuser learns its own row as it is now.
-- p_run is 'name=incarnation,name=incarnation', leading away from the
-- accuser; it, p_witness and p_word count for the reason 'dead' alone.
--
-- What was done is one row, as in ServerAnnounceBeside.
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
  DECLARE v_outcome VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin DEFAULT 'deleted';
  DECLARE v_end_a VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_end_b VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_known VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin;  -- the accuser, if it is in the table
  DECLARE v_size, v_drained INT UNSIGNED;
  DECLARE v_incarnation BIGINT UNSIGNED;
  DECLARE v_count INT UNSIGNED DEFAULT 1;
  DECLARE v_beyond VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    ROLLBACK;
    RESIGNAL;
  END;

  CALL CheckDeletion(p_reason, p_incarnation, p_run, p_word);

  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  SELECT pool.pool_id, pool.size, pool.drained, own.incarnation, own.buddy_a, own.buddy_b, accuser.name
    INTO v_pool_id, v_size, v_drained, v_incarnation, v_end_a, v_end_b, v_known
    FROM pool
    LEFT JOIN server own ON own.pool_id = pool.pool_id AND own.name = p_server
    LEFT JOIN server accuser ON accuser.pool_id = pool.pool_id AND accuser.name = p_accuser
    WHERE pool.name = p_pool
    FOR UPDATE;

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
    CALL RunUnlink(p_pool, v_pool_id, v_size, v_drained, p_server, p_accuser, p_reason,
                   p_last_answer_ns, p_verdict_ns, p_misses, p_detail,
                   IF(p_reason = 'dead', p_run, ''), IF(p_reason = 'dead', NULLIF(p_witness, ''), NULL),
                   IF(p_reason = 'dead', p_word, NULL));
  END IF;
  IF v_count > 1 THEN
    SET v_end_a = p_accuser, v_end_b = v_beyond;
  END IF;

  IF @buddyring_version >= 3 AND v_outcome = 'deleted' AND v_end_a IS NOT NULL THEN
    SELECT v_outcome AS outcome,
           a.name AS deleted_a_name, a.address AS deleted_a_address, a.replace_port AS deleted_a_replace_port,
           a.incarnation AS deleted_a_incarnation, a.epoch AS deleted_a_epoch,
           b.name AS deleted_b_name, b.address AS deleted_b_address, b.replace_port AS deleted_b_replace_port,
           b.incarnation AS deleted_b_incarnation, b.epoch AS deleted_b_epoch
      FROM server a
      JOIN server b ON b.pool_id = a.pool_id AND b.name = v_end_b
      WHERE a.pool_id = v_pool_id AND a.name = v_end_a;
  ELSE
    SELECT v_outcome AS outcome;
    IF v_outcome = 'deleted' AND COALESCE(@buddyring_version, 2) < 3 THEN
      SELECT IF(name = v_end_a, 'deleted_a', 'deleted_b') AS role, name, address, replace_port, incarnation, epoch
        FROM server WHERE pool_id = v_pool_id AND name IN (v_end_a, v_end_b);
      -- Whoever is alone from then on is both.
      IF v_end_a = v_end_b THEN
        SELECT 'deleted_b' AS role, name, address, replace_port, incarnation, epoch
          FROM server WHERE pool_id = v_pool_id AND name = v_end_b;
      END IF;
    END IF;
  END IF;
  -- An operator is no server, and one that left is none any more.
  IF v_known IS NOT NULL THEN
    CALL OwnRowSet(v_pool_id, v_known);
  END IF;
  COMMIT;
END
