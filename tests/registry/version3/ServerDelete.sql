-- SPDX-License-Identifier: Apache-2.0
-- ServerDelete: takes a server out of the ring, or by a verdict a run of adjacent ones;
-- RingDelete says how. Whatever the outcome, the accuser learns its own row as it is now.
-- What was done is one row, as in ServerAnnounceBeside, or version 2's row sets.
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
  DECLARE v_outcome VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_end_a VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_end_b VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_known VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    ROLLBACK;
    RESIGNAL;
  END;

  CALL RingDelete(p_pool, p_server, p_incarnation, p_accuser, p_reason, p_last_answer_ns, p_verdict_ns, p_misses,
                  p_detail, p_run, p_witness, p_word, v_pool_id, v_outcome, v_end_a, v_end_b, v_known);
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
