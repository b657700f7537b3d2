-- SPDX-License-Identifier: Apache-2.0
-- ServerDelete: takes a server out of the ring, or by a verdict a run of
-- adjacent ones, makes the two at its ends each other's buddies, and says who
-- they are. Whatever the outcome, an accuser in the table learns its own row as it is now; not one that
-- leaves, and an operator has none.
--
-- Idempotent, and conditional on the incarnation (0: whatever it is, not for a verdict): of two
-- callers one is told 'deleted', the other 'already'; a server that has
-- announced itself anew is left alone ('superseded'). Only a buddy can pronounce
-- a server dead: an accuser that is none, perhaps because it was itself deleted
-- while it was cut off, has no say ('not_buddy'). While the pool is paused no verdict counts
-- ('paused'; programs before version 4 are told 'capped', upon which they ask again, too).
-- CheckRun says what else a verdict must fulfil. p_run is 'name=incarnation,name=incarnation', leading away from the
-- accuser; it, p_witness and p_word count for the reason 'dead' alone.
--
-- A run is taken out one after the other: in this order the accuser's row changes with each, and the
-- row beyond the run once, as a ServerReplace that names the last of the run tells it. The accuser is A of each. It is
-- one procedure made of parts, and keeps what it finds, for the same reasons as ServerAnnounceBeside.
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
deletion: BEGIN
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    ROLLBACK;
    RESIGNAL;
  END;

  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  IF (p_reason IN ('left', 'removed') AND p_incarnation >= 0) IS NOT TRUE THEN
    INCLUDE CheckDeletion;
    INCLUDE DecideVerdict;
    IF @outcome <> 'deleted' THEN
      INCLUDE ReplyNotDeleted;
    END IF;
  END IF;
  INCLUDE TakeServer;
  IF ROW_COUNT() = 0 THEN
    SET @outcome = IF(EXISTS (SELECT 1 FROM pool JOIN server ON server.pool_id = pool.pool_id AND server.name = p_server
                                WHERE pool.name = p_pool), 'superseded', 'already');
    INCLUDE ReplyNotDeleted;
  END IF;
  INCLUDE UnlinkServer;
  INCLUDE AuditDeletion;
  -- One look for what is mostly so.
  IF @size > 2 AND LEAST(@a_epoch, @b_epoch, @moved) > 0 AND @drained = 0
     AND (p_reason = 'removed' OR p_accuser = p_server) AND @buddyring_version >= 3 THEN
    COMMIT;
    INCLUDE ReplyDeleted;
    LEAVE deletion;
  END IF;
  INCLUDE TidyPool;
  WHILE p_reason = 'dead' AND p_run <> '' DO
    INCLUDE NextOfRun;
    INCLUDE TakeServer;
    INCLUDE FaceAccuser;
    INCLUDE UnlinkServer;
    INCLUDE AuditDeletion;
    INCLUDE TidyPool;
  END WHILE;
  IF p_reason = 'removed' OR p_accuser = p_server THEN
    COMMIT;
  END IF;
  IF @buddyring_version >= 3 THEN
    INCLUDE ReplyDeleted;
  ELSE
    INCLUDE ReplyDeletedSets;
  END IF;
  IF p_reason <> 'removed' AND p_accuser <> p_server THEN
    CALL OwnRowSet(@pool, p_accuser);
  END IF;
  COMMIT;
END
