-- SPDX-License-Identifier: Apache-2.0
-- RunUnlink: removes p_server and, in turn, those of p_run, with an audit row
-- each. Part of ServerDelete.
--
-- In this order the accuser's row changes with each, and the row beyond the run
-- once, as a ServerReplace that names the last of the run tells it. The last
-- answer is p_server's; for the others none is known here.
-- REQUIRES a transaction that has locked the pool's row, and that all are there.
CREATE OR REPLACE PROCEDURE RunUnlink(
  IN p_pool VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_pool_id INT UNSIGNED,
  INOUT p_size INT UNSIGNED,
  INOUT p_drained INT UNSIGNED,
  IN p_server VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
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
  DECLARE v_server VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin DEFAULT p_server;
  DECLARE v_address VARCHAR(45) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_incarnation BIGINT UNSIGNED;
  DECLARE v_rest VARCHAR(640) CHARACTER SET ascii COLLATE ascii_bin DEFAULT p_run;

  WHILE v_server <> '' DO
    CALL RingUnlink(p_pool_id, p_size, p_drained, v_server, v_address, v_incarnation);
    INSERT INTO audit (pool, event, server, address, incarnation, accuser, reason,
                       last_answer_ns, verdict_ns, misses, detail, witness, word, account)
      VALUES (p_pool, 'deleted', v_server, v_address, v_incarnation, p_accuser, p_reason,
              IF(v_server = p_server, p_last_answer_ns, NULL), p_verdict_ns, p_misses, LEFT(p_detail, 255),
              p_witness, p_word, IF(p_reason = 'removed', LEFT(SESSION_USER(), 255), NULL));
    SET v_server = SUBSTRING_INDEX(SUBSTRING_INDEX(v_rest, ',', 1), '=', 1);
    SET v_rest = SUBSTRING(v_rest, LENGTH(SUBSTRING_INDEX(v_rest, ',', 1)) + 2);
  END WHILE;
  UPDATE pool SET size = p_size, drained = p_drained, version = version + 1 WHERE pool_id = p_pool_id;
END
