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
-- row beyond the run once, as a ServerReplace that names the last of the run tells it. It is one
-- procedure made of parts for the same reason as ServerAnnounceBeside.
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
  DECLARE v_outcome VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_near VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_now ROW (pool_id INT UNSIGNED, size INT UNSIGNED, drained INT UNSIGNED, paused BOOLEAN,
                     last_slot INT UNSIGNED, last VARCHAR(63) COLLATE ascii_bin, newest_slot INT UNSIGNED,
                     slot INT UNSIGNED, address VARCHAR(45) COLLATE ascii_bin,
                     incarnation BIGINT UNSIGNED, epoch BIGINT UNSIGNED,
                     buddy_a VARCHAR(63) COLLATE ascii_bin, buddy_b VARCHAR(63) COLLATE ascii_bin,
                     a_name VARCHAR(63) COLLATE ascii_bin, a_address VARCHAR(45) COLLATE ascii_bin,
                     a_replace_port SMALLINT UNSIGNED, a_incarnation BIGINT UNSIGNED, a_epoch BIGINT UNSIGNED,
                     a_buddy_a VARCHAR(63) COLLATE ascii_bin, a_buddy_b VARCHAR(63) COLLATE ascii_bin,
                     b_name VARCHAR(63) COLLATE ascii_bin, b_address VARCHAR(45) COLLATE ascii_bin,
                     b_replace_port SMALLINT UNSIGNED, b_incarnation BIGINT UNSIGNED, b_epoch BIGINT UNSIGNED,
                     b_buddy_a VARCHAR(63) COLLATE ascii_bin, b_buddy_b VARCHAR(63) COLLATE ascii_bin);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    ROLLBACK;
    RESIGNAL;
  END;

  INCLUDE CheckDeletion;
  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  INCLUDE ReadServer;
  INCLUDE DecideDeletion;
  IF v_outcome = 'deleted' THEN
    run: LOOP
      INCLUDE UnlinkServer;
      INCLUDE AuditDeletion;
      IF p_reason <> 'dead' OR p_run = '' THEN
        LEAVE run;
      END IF;
      -- CheckRun has seen the others' incarnations; their last answers are not known here.
      SET p_server = SUBSTRING_INDEX(p_run, '=', 1), p_incarnation = NULL, p_last_answer_ns = NULL, v_near = p_accuser;
      SET p_run = SUBSTRING(p_run, LENGTH(SUBSTRING_INDEX(p_run, ',', 1)) + 2);
      INCLUDE ReadServer;
    END LOOP run;
  END IF;
  INCLUDE ReplyDeleted;
END
