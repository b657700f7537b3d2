-- SPDX-License-Identifier: Apache-2.0
-- ServerDelete: what ServerRemove does, for programs of version 2, which read the reply
-- in row sets.
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
  -- An operator is no server, and one that left is none any more.
  IF v_known IS NOT NULL THEN
    CALL OwnRowSet(v_pool_id, v_known);
  END IF;
  COMMIT;
END
