-- SPDX-License-Identifier: Apache-2.0
-- RingDelete: takes a server out of the ring, or by a verdict a run of
-- adjacent ones, makes the two at its ends each other's buddies, and says who
-- they are. Begins the transaction, which whoever calls ends once it has replied. Part of
-- ServerDelete.
--
-- Idempotent, and conditional on the incarnation (0: whatever it is, not for a verdict): of two
-- callers one is told 'deleted', the other 'already'; a server that has
-- announced itself anew is left alone ('superseded'). Only a buddy can pronounce
-- a server dead: an accuser that is none, perhaps because it was itself deleted
-- while it was cut off, has no say ('not_buddy'). While the pool is paused no verdict counts
-- ('paused'; programs before version 4 are told 'capped', upon which they ask again, too).
-- RunCheck says what else a verdict must fulfil. p_run is 'name=incarnation,name=incarnation', leading away from the
-- accuser; it, p_witness and p_word count for the reason 'dead' alone. p_known is the
-- accuser, if it was in the table.
CREATE OR REPLACE PROCEDURE RingDelete(
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
  IN p_word VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin,
  OUT p_pool_id INT UNSIGNED,
  OUT p_outcome VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin,
  OUT p_end_a VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  OUT p_end_b VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  OUT p_known VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin
)
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
BEGIN
  DECLARE v_size, v_drained INT UNSIGNED;
  DECLARE v_incarnation BIGINT UNSIGNED;
  DECLARE v_paused BOOLEAN;
  DECLARE v_count INT UNSIGNED DEFAULT 1;
  DECLARE v_beyond VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin;

  SET p_outcome = 'deleted';
  CALL CheckDeletion(p_reason, p_incarnation, p_run, p_word);

  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  SELECT pool.pool_id, pool.size, pool.drained, pool.paused_until > CURRENT_TIMESTAMP(6),
         own.incarnation, own.buddy_a, own.buddy_b, accuser.name
    INTO p_pool_id, v_size, v_drained, v_paused, v_incarnation, p_end_a, p_end_b, p_known
    FROM pool
    LEFT JOIN server own ON own.pool_id = pool.pool_id AND own.name = p_server
    LEFT JOIN server accuser ON accuser.pool_id = pool.pool_id AND accuser.name = p_accuser
    WHERE pool.name = p_pool
    FOR UPDATE;

  IF v_incarnation IS NULL THEN
    SET p_outcome = 'already';
  ELSEIF p_incarnation <> 0 AND p_incarnation <> v_incarnation THEN
    SET p_outcome = 'superseded';
  ELSEIF p_reason = 'dead' AND NOT COALESCE(p_accuser IN (p_end_a, p_end_b), FALSE) THEN
    SET p_outcome = 'not_buddy';
  ELSEIF p_reason = 'dead' AND v_paused THEN
    SET p_outcome = IF(COALESCE(@buddyring_version, 2) < 4, 'capped', 'paused');
  ELSEIF p_reason = 'dead' THEN
    CALL RunCheck(p_pool, p_pool_id, p_server, p_accuser, p_run, p_witness, p_word, p_outcome, v_count, v_beyond);
  END IF;
  IF p_outcome = 'deleted' THEN
    CALL RunUnlink(p_pool, p_pool_id, v_size, v_drained, p_server, p_accuser, p_reason,
                   p_last_answer_ns, p_verdict_ns, p_misses, p_detail,
                   IF(p_reason = 'dead', p_run, ''), IF(p_reason = 'dead', NULLIF(p_witness, ''), NULL),
                   IF(p_reason = 'dead', p_word, NULL));
  END IF;
  IF v_count > 1 THEN
    SET p_end_a = p_accuser, p_end_b = v_beyond;
  END IF;
END
