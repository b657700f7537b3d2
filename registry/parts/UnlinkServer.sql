-- SPDX-License-Identifier: Apache-2.0
-- UnlinkServer: takes p_server out of the ring and makes its buddies each other's: where
-- buddy B of one was the server, B becomes the other one, else A does. Whose both buddies it
-- was is alone from now on.
--
-- Slots stay without a gap: the last server's moves into it. Where the one that goes
-- is not drained and others are, the last that is not moves there, and into its place
-- the last of the drained. Part of ServerDelete.
-- REQUIRES ReadServer, in a transaction that has locked the pool's row.
IF v_now.is_linked IS NOT TRUE THEN
  SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 32004,
    MESSAGE_TEXT = 'the ring is broken, so nothing was changed; see: buddyctl verify';
END IF;
IF v_now.last IS NULL THEN
  SELECT name INTO v_now.last FROM server WHERE pool_id = v_now.pool_id AND slot = v_now.last_slot LIMIT 1;
END IF;
-- One statement for the buddies and for the last, who may be one of them, or p_server. Assignments run
-- from left to right: buddy_a is set while buddy_b is still what it was.
UPDATE server
  SET epoch = epoch + IF(p_server IN (buddy_a, buddy_b), 1, 0),
      buddy_a = IF(buddy_a = p_server AND (buddy_b <> p_server OR v_now.size = 2),
                   NULLIF(IF(name = v_now.a_name, v_now.b_name, v_now.a_name), name), buddy_a),
      buddy_b = IF(buddy_b = p_server, NULLIF(IF(name = v_now.a_name, v_now.b_name, v_now.a_name), name), buddy_b),
      slot = IF(name = v_now.last, v_now.slot, slot)
  WHERE pool_id = v_now.pool_id AND name IN (v_now.a_name, v_now.b_name, v_now.last);
UPDATE server_incarnation SET incarnation = v_now.incarnation, epoch = v_now.epoch
  WHERE pool_id = v_now.pool_id AND name = p_server;
DELETE FROM server WHERE pool_id = v_now.pool_id AND name = p_server;
IF v_now.last_slot <> v_now.size THEN
  UPDATE server SET slot = v_now.last_slot WHERE pool_id = v_now.pool_id AND slot = v_now.size;
END IF;
-- The version rises once for a run.
UPDATE pool SET size = size - 1, drained = drained - (v_now.slot > v_now.size - v_now.drained),
                version = version + (p_incarnation IS NOT NULL)
  WHERE pool_id = v_now.pool_id;
