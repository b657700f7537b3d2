-- SPDX-License-Identifier: Apache-2.0
-- RingUnlink: takes a server out of the ring and makes its buddies each other's: where
-- buddy B of one was the server, B becomes the other one, else A does.
--
-- Slots stay without a gap: the last server's moves into it. Where the one that goes
-- is not drained and others are, the last that is not moves there, and into its place
-- the last of the drained. Who is the last is looked up by name if it is the pool's newest:
-- a slot that is emptied and filled all the time has an index entry of everybody who had
-- it of late, which a look by slot must pass. Counts in p_size and p_drained; RunUnlink
-- writes them, and the audit with what the server was.
-- REQUIRES a transaction that has locked the pool's row.
CREATE OR REPLACE PROCEDURE RingUnlink(
  IN p_pool_id INT UNSIGNED,
  INOUT p_size INT UNSIGNED,
  INOUT p_drained INT UNSIGNED,
  IN p_server VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  OUT p_address VARCHAR(45) CHARACTER SET ascii COLLATE ascii_bin,
  OUT p_incarnation BIGINT UNSIGNED
)
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
BEGIN
  DECLARE v_slot INT UNSIGNED;
  DECLARE v_epoch BIGINT UNSIGNED;
  DECLARE v_buddy_a VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_buddy_b VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_last VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin;

  SELECT own.slot, own.epoch, own.buddy_a, own.buddy_b, own.address, own.incarnation, newest.name
    INTO v_slot, v_epoch, v_buddy_a, v_buddy_b, p_address, p_incarnation, v_last
    FROM server own
    JOIN pool ON pool.pool_id = p_pool_id
    LEFT JOIN server newest ON newest.pool_id = p_pool_id AND newest.name = pool.newest
                            AND newest.slot = p_size - p_drained
    WHERE own.pool_id = p_pool_id AND own.name = p_server;
  IF v_buddy_a = v_buddy_b THEN
    UPDATE server SET buddy_a = NULL, buddy_b = NULL, epoch = epoch + 1
      WHERE pool_id = p_pool_id AND name = v_buddy_a AND buddy_a = p_server AND buddy_b = p_server;
  ELSEIF p_size > 1 THEN
    -- Assignments run from left to right: buddy_a is set while buddy_b is still
    -- what it was.
    UPDATE server
      SET buddy_a = IF(buddy_b = p_server, buddy_a, IF(name = v_buddy_a, v_buddy_b, v_buddy_a)),
          buddy_b = IF(buddy_b = p_server, IF(name = v_buddy_a, v_buddy_b, v_buddy_a), buddy_b),
          epoch = epoch + 1
      WHERE pool_id = p_pool_id AND name IN (v_buddy_a, v_buddy_b) AND p_server IN (buddy_a, buddy_b);
  END IF;
  IF p_size > 1 AND ROW_COUNT() <> IF(v_buddy_a = v_buddy_b, 1, 2) THEN
    SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 32004,
      MESSAGE_TEXT = 'the ring is broken, so nothing was changed; see: buddyctl verify';
  END IF;

  UPDATE server_incarnation SET epoch = v_epoch WHERE pool_id = p_pool_id AND name = p_server;
  DELETE FROM server WHERE pool_id = p_pool_id AND name = p_server;
  IF v_slot > p_size - p_drained THEN
    SET p_drained = p_drained - 1;
  ELSE
    IF v_slot <> p_size - p_drained THEN
      IF v_last IS NULL THEN
        SELECT name INTO v_last FROM server WHERE pool_id = p_pool_id AND slot = p_size - p_drained LIMIT 1;
      END IF;
      UPDATE server SET slot = v_slot WHERE pool_id = p_pool_id AND name = v_last;
    END IF;
    SET v_slot = p_size - p_drained;
  END IF;
  IF v_slot <> p_size THEN
    UPDATE server SET slot = v_slot WHERE pool_id = p_pool_id AND slot = p_size;
  END IF;
  SET p_size = p_size - 1;
END
