-- SPDX-License-Identifier: Apache-2.0
-- ServerAnnounceBeside: puts a server into the ring beside the server p_beside, or where
-- ChoosePlace says when p_beside is ''. A server that is in the table under the same address
-- rejoins where it is.
--
-- READ COMMITTED, here and wherever the pool's row is locked: what is read after the lock
-- is what whoever held it before left, and a look for a row that is not there locks no
-- gap, in which other pools have theirs.
--
-- What a call costs is its statements and their tables, and less so its rows: so this is one procedure made of
-- parts, and what is changed is not read beforehand. The statement that changes a row keeps what it was in variables
-- of the session: `(@x := column)` is the column, and `0 * (@x := column)` nothing, where a column is to be kept that
-- is not changed. A row that is not there leaves variables as they were, perhaps by another call: whoever reads one
-- has seen to it by ROW_COUNT(), or that it was set to something else first. What is called from here has parameters
-- and changes none of them.
CREATE OR REPLACE PROCEDURE ServerAnnounceBeside(
  IN p_pool VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_server VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_address VARCHAR(45) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_replace_port SMALLINT UNSIGNED,
  IN p_incarnation BIGINT UNSIGNED,
  IN p_zone VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_beside VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin
)
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
announcement: BEGIN
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    ROLLBACK;
    RESIGNAL;
  END;
  DECLARE EXIT HANDLER FOR 1062
  BEGIN
    INCLUDE RefuseKnown;
    RESIGNAL;
  END;

  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  INCLUDE CountServer;
  INCLUDE ReadPlace;
  -- One look for what is mostly so. A name that is known was looked at when it was new, and so was the pool's, but
  -- names are found with blanks behind them, too.
  IF ROW_COUNT() = 1 AND @holder IS NULL AND @is_drained + @drained = 0 AND @a_address NOT LIKE '%:%'
     AND p_beside = '' AND p_zone = '' AND CONCAT(p_pool, p_server, p_zone) NOT LIKE '% %'
     AND p_replace_port > 0 AND p_incarnation <= 9223372036854775807
     AND INET_NTOA(INET_ATON(p_address)) = p_address AND INET_ATON(p_address) >> 24 NOT IN (0, 127)
     AND INET_ATON(p_address) >> 24 < 224 AND @buddyring_version >= 3 THEN
    INCLUDE LinkServer;
    INCLUDE AuditAnnounced;
    COMMIT;
    INCLUDE ReplyAnnounced;
    LEAVE announcement;
  END IF;
  SET @is_new = ROW_COUNT() = 0;  -- still ReadPlace's
  CALL CheckAnnouncement(p_pool, p_server, p_address, p_replace_port, p_incarnation, p_zone);
  IF @is_new THEN
    INCLUDE BeginServer;
    INCLUDE CountServer;
    INCLUDE ReadPlace;
    UPDATE server_incarnation SET incarnation = @life WHERE pool_id = @pool AND name = p_server;
  END IF;
  SELECT 'rejoined', address, GREATEST(p_incarnation, incarnation + 1), epoch + 1
    INTO @outcome, @address, @life, @epoch
    FROM server WHERE pool_id = @pool AND name = p_server;
  IF @outcome = 'rejoined' THEN
    INCLUDE RenewServer;
  ELSE
    INCLUDE ChoosePlace;
    INCLUDE LinkServer;
  END IF;
  INCLUDE AuditAnnounced;
  IF @buddyring_version >= 3 THEN
    COMMIT;
    INCLUDE ReplyAnnounced;
  ELSE
    SELECT @outcome AS outcome;
    CALL OwnRowSet(@pool, p_server);
    COMMIT;
  END IF;
END
