-- SPDX-License-Identifier: Apache-2.0
-- RingRemove: takes a server out of the ring and makes its buddies each other's.
-- The last slot's server moves into its slot.
-- REQUIRES a transaction that has locked the pool's row.
CREATE PROCEDURE RingRemove(
  IN p_pool_id INT UNSIGNED,
  IN p_size INT UNSIGNED,
  IN p_server VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin
)
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
BEGIN
  DECLARE v_slot INT UNSIGNED;
  DECLARE v_epoch BIGINT UNSIGNED;
  DECLARE v_buddy_a VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_buddy_b VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin;

  SELECT slot, epoch, buddy_a, buddy_b INTO v_slot, v_epoch, v_buddy_a, v_buddy_b
    FROM server WHERE pool_id = p_pool_id AND name = p_server;
  IF v_buddy_a = v_buddy_b THEN
    UPDATE server SET buddy_a = NULL, buddy_b = NULL, epoch = epoch + 1
      WHERE pool_id = p_pool_id AND name = v_buddy_a AND buddy_a = p_server AND buddy_b = p_server;
    IF ROW_COUNT() <> 1 THEN
      SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 32004,
        MESSAGE_TEXT = 'the ring is broken, so nothing was changed; see: buddyctl verify';
    END IF;
  ELSEIF p_size > 1 THEN
    CALL BuddyReplace(p_pool_id, v_buddy_a, p_server, v_buddy_b);
    CALL BuddyReplace(p_pool_id, v_buddy_b, p_server, v_buddy_a);
  END IF;

  UPDATE server_incarnation SET epoch = v_epoch WHERE pool_id = p_pool_id AND name = p_server;
  DELETE FROM server WHERE pool_id = p_pool_id AND name = p_server;
  UPDATE server SET slot = v_slot WHERE pool_id = p_pool_id AND slot = p_size;
  UPDATE pool SET size = size - 1 WHERE pool_id = p_pool_id;
END
