-- SPDX-License-Identifier: Apache-2.0
-- UnlinkServer: takes p_server out of the ring and makes its buddies each other's: each gets the other one in the
-- server's place. Whose both buddies it was is alone from now on.
--
-- Slots stay without a gap: the last server's moves into it. Where the one that goes
-- is not drained and others are, the last that is not moves there, and into its place
-- the last of the drained. Part of ServerDelete.
-- REQUIRES ReadServer, in a transaction that has locked the pool's row.
IF (v_now.size = 1 OR (p_server IN (v_now.a_buddy_a, v_now.a_buddy_b) AND p_server IN (v_now.b_buddy_a, v_now.b_buddy_b)
    AND IF(v_now.size > 2, v_now.buddy_a <> v_now.buddy_b AND v_now.a_buddy_a <> v_now.a_buddy_b
                           AND v_now.b_buddy_a <> v_now.b_buddy_b,
                           v_now.size = 2 AND v_now.buddy_a = v_now.buddy_b AND v_now.a_buddy_a = v_now.a_buddy_b)))
   IS NOT TRUE THEN
  SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 32004,
    MESSAGE_TEXT = 'the ring is broken, so nothing was changed; see: buddyctl verify';
END IF;
IF (v_now.newest_slot = v_now.last_slot) IS NOT TRUE THEN
  SET v_now.last = (SELECT name FROM server WHERE pool_id = v_now.pool_id AND slot = v_now.last_slot LIMIT 1);
END IF;
-- One statement for the buddies and for the last, who may be one of them, or p_server. In a whole ring of more
-- than two, each buddy has p_server once; of two, the other one is left with nobody. The key is named because
-- to choose one costs a look into each.
UPDATE server FORCE INDEX (PRIMARY)
  SET epoch = epoch + IF(p_server IN (buddy_a, buddy_b), 1, 0),
      buddy_a = IF(buddy_a = p_server, NULLIF(IF(name = v_now.a_name, v_now.b_name, v_now.a_name), name), buddy_a),
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
