-- SPDX-License-Identifier: Apache-2.0
-- ServerBeyond: the servers that follow on p_suspect, seen from its buddy
-- p_server: up to 8, or as far as p_server itself when the ring is shorter. It
-- leaves a mark in the suspect's row, on the side of p_server, so that one buddy's
-- mark does not hide the other's: whoever can do that is alive, which ServerDelete
-- heeds when there is no witness.
--
-- The pool's row is not locked, so that nobody who is suspected waits behind
-- those who change the ring. The one lock is the suspect's row's, and it is
-- taken before anything is read: what is read is one snapshot from then on. As
-- nothing is waited for with that lock held, it is part of no deadlock.
CREATE OR REPLACE PROCEDURE ServerBeyond(
  IN p_pool VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_server VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_suspect VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin
)
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
BEGIN
  DECLARE v_pool_id INT UNSIGNED;
  DECLARE v_rows INT UNSIGNED DEFAULT 0;
  DECLARE v_before VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin DEFAULT p_server;
  DECLARE v_at VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin DEFAULT p_suspect;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    ROLLBACK;
    RESIGNAL;
  END;

  SELECT pool_id INTO v_pool_id FROM pool WHERE name = p_pool;
  SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;
  START TRANSACTION;
  UPDATE server SET accused_by_a = IF(buddy_a = p_server, p_server, accused_by_a),
                    accused_at_a = IF(buddy_a = p_server, CURRENT_TIMESTAMP(6), accused_at_a),
                    accused_by_b = IF(buddy_b = p_server, p_server, accused_by_b),
                    accused_at_b = IF(buddy_b = p_server, CURRENT_TIMESTAMP(6), accused_at_b)
    WHERE pool_id = v_pool_id AND name = p_suspect AND p_server IN (buddy_a, buddy_b);

  IF EXISTS (SELECT 1 FROM server
               WHERE pool_id = v_pool_id AND name = p_suspect AND p_server IN (buddy_a, buddy_b)) THEN
    CALL RingStep(v_pool_id, v_before, v_at);
    walk: WHILE v_at IS NOT NULL AND v_rows < 8 DO
      SELECT 'beyond' AS role, name, address, replace_port, incarnation, epoch,
             IF(buddy_b <=> v_before, 'b', 'a') AS faces
        FROM server WHERE pool_id = v_pool_id AND name = v_at;
      IF v_at = p_server THEN
        LEAVE walk;
      END IF;
      SET v_rows = v_rows + 1;
      CALL RingStep(v_pool_id, v_before, v_at);
    END WHILE walk;
  END IF;
  CALL OwnRowSet(v_pool_id, p_server);
  COMMIT;
END
