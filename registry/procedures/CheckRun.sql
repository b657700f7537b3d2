-- SPDX-License-Identifier: Apache-2.0
-- CheckRun: whether a verdict's servers and its witness are what the table has,
-- and whether the verdict may be carried out. Part of ServerDelete.
--
-- From p_accuser over p_server the ring must lead along p_run, in that order and
-- in those incarnations, to v_beyond, which must be whoever p_word speaks of. An
-- accuser whom nobody bears out ('closed', 'beyond') is not heard while one of those
-- that it accuses has just accused it ('disputed'), nor is anybody who has deleted
-- too many of late ('capped'). Else the outcome is 'deleted'.
--
-- A clock that was set back makes marks and deletions of the future: what is further
-- ahead than it may be behind counts no more, so that it disputes and caps for no longer.
-- REQUIRES that p_accuser is a buddy of p_server, and a transaction that has
-- locked the pool's row.
CREATE OR REPLACE PROCEDURE CheckRun(
  IN p_pool VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_pool_id INT UNSIGNED,
  IN p_server VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_accuser VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_run VARCHAR(640) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_witness VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_word VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin,
  OUT p_outcome VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin
)
  READS SQL DATA
  SQL SECURITY DEFINER
BEGIN
  DECLARE v_before VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin DEFAULT p_accuser;
  DECLARE v_beyond VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin DEFAULT p_server;
  DECLARE v_count INT UNSIGNED DEFAULT 1;
  DECLARE v_rest VARCHAR(640) CHARACTER SET ascii COLLATE ascii_bin DEFAULT p_run;
  DECLARE v_member VARCHAR(640) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_fits BOOLEAN DEFAULT TRUE;
  DECLARE v_accused TEXT CHARACTER SET ascii COLLATE ascii_bin DEFAULT CONCAT(',', p_server, '=,', p_run);

  CALL RingStep(p_pool_id, v_before, v_beyond);
  WHILE v_fits AND v_rest <> '' DO
    SET v_member = SUBSTRING_INDEX(v_rest, ',', 1);
    SET v_rest = SUBSTRING(v_rest, LENGTH(v_member) + 2);
    -- On a way that has come round, the accuser would be the next.
    SET v_fits = EXISTS (SELECT 1 FROM server
                           WHERE pool_id = p_pool_id AND name = v_beyond AND name <> p_accuser
                             AND CONCAT(name, '=', incarnation) = v_member);
    SET v_count = v_count + 1;
    CALL RingStep(p_pool_id, v_before, v_beyond);
  END WHILE;
  SET v_fits = v_fits AND COALESCE(CASE p_word
    WHEN 'closed' THEN v_beyond = p_accuser AND p_witness = ''
    WHEN 'beyond' THEN v_beyond <> p_accuser AND p_witness = '' AND v_count = 8
    ELSE v_beyond <> p_accuser AND p_witness = v_beyond
  END, FALSE);

  SET p_outcome = CASE
    WHEN NOT v_fits THEN 'changed'
    WHEN p_word IN ('closed', 'beyond') AND EXISTS (
      SELECT 1 FROM server
        WHERE pool_id = p_pool_id AND name = p_accuser
          AND ((accused_at_a > CURRENT_TIMESTAMP(6) - INTERVAL 5 SECOND
                AND accused_at_a < CURRENT_TIMESTAMP(6) + INTERVAL 5 SECOND
                AND LOCATE(CONCAT(',', accused_by_a, '='), v_accused) > 0)
               OR (accused_at_b > CURRENT_TIMESTAMP(6) - INTERVAL 5 SECOND
                   AND accused_at_b < CURRENT_TIMESTAMP(6) + INTERVAL 5 SECOND
                   AND LOCATE(CONCAT(',', accused_by_b, '='), v_accused) > 0))) THEN 'disputed'
    WHEN v_count + (
      SELECT COUNT(*) FROM audit WHERE pool = p_pool AND accuser = p_accuser AND event = 'deleted' AND reason = 'dead'
                                   AND at > CURRENT_TIMESTAMP(6) - INTERVAL 60 SECOND
                                   AND at < CURRENT_TIMESTAMP(6) + INTERVAL 60 SECOND) > 16 THEN 'capped'
    ELSE 'deleted'
  END;
END
