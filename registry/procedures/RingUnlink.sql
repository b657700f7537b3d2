-- SPDX-License-Identifier: Apache-2.0
-- RingUnlink: takes a server out of the ring and makes its buddies each other's.
--
-- Slots stay without a gap: the last server's moves into it. Where the one that goes
-- is not drained and others are, the last that is not moves there, and into its place
-- the last of the drained. Counts in p_size and p_drained; RunUnlink writes them, and the audit
-- with what the server was.
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

  SELECT slot, epoch, buddy_a, buddy_b, address, incarnation
    INTO v_slot, v_epoch, v_buddy_a, v_buddy_b, p_address, p_incarnation
    FROM server WHERE pool_id = p_pool_id AND name = p_server;
  IF v_buddy_a = v_buddy_b THEN
    UPDATE server SET buddy_a = NULL, buddy_b = NULL, epoch = epoch + 1
      WHERE pool_id = p_pool_id AND name = v_buddy_a AND buddy_a = p_server AND buddy_b = p_server;
    IF ROW_COUNT() <> 1 THEN
      SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 32004,
        MESSAGE_TEXT = 'the ring is broken, so nothing was changed; see: buddyctl verify';
    END IF;
  ELSEIF p_size > 1 THEN
    CALL BuddiesReplace(p_pool_id, v_buddy_a, p_server, v_buddy_b, v_buddy_b, p_server, v_buddy_a);
  END IF;

  UPDATE server_incarnation SET epoch = v_epoch WHERE pool_id = p_pool_id AND name = p_server;
  DELETE FROM server WHERE pool_id = p_pool_id AND name = p_server;
  IF v_slot > p_size - p_drained THEN
    SET p_drained = p_drained - 1;
  ELSEIF p_drained > 0 THEN
    IF v_slot <> p_size - p_drained THEN
      UPDATE server SET slot = v_slot WHERE pool_id = p_pool_id AND slot = p_size - p_drained;
    END IF;
    SET v_slot = p_size - p_drained;
  END IF;
  IF v_slot <> p_size THEN
    UPDATE server SET slot = v_slot WHERE pool_id = p_pool_id AND slot = p_size;
  END IF;
  SET p_size = p_size - 1;
END
