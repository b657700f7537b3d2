-- SPDX-License-Identifier: Apache-2.0
-- RunRemove: removes p_server and, in turn, those of p_run, with an audit row
-- each. Part of ServerDelete.
--
-- In this order the accuser's row changes with each, and the row beyond the run
-- once, as a ServerReplace that names the last of the run tells it. The last
-- answer is p_server's; for the others none is known here.
-- REQUIRES a transaction that has locked the pool's row, and that all are there.
CREATE PROCEDURE RunRemove(
  IN p_pool VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_pool_id INT UNSIGNED,
  IN p_size INT UNSIGNED,
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
  DECLARE v_rest VARCHAR(640) CHARACTER SET ascii COLLATE ascii_bin DEFAULT p_run;
  DECLARE v_size INT UNSIGNED DEFAULT p_size;

  WHILE v_server <> '' DO
    INSERT INTO audit (pool, event, server, address, incarnation, accuser, reason,
                       last_answer_ns, verdict_ns, misses, detail, witness, word)
      SELECT p_pool, 'deleted', name, address, incarnation, p_accuser, p_reason,
             IF(name = p_server, p_last_answer_ns, NULL), p_verdict_ns, p_misses, LEFT(p_detail, 255),
             p_witness, p_word
        FROM server WHERE pool_id = p_pool_id AND name = v_server;
    CALL RingRemove(p_pool_id, v_size, v_server);
    SET v_size = v_size - 1;
    SET v_server = SUBSTRING_INDEX(SUBSTRING_INDEX(v_rest, ',', 1), '=', 1);
    SET v_rest = SUBSTRING(v_rest, LENGTH(SUBSTRING_INDEX(v_rest, ',', 1)) + 2);
  END WHILE;
  UPDATE pool SET version = version + 1 WHERE pool_id = p_pool_id;
END
