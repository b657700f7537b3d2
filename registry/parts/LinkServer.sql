-- SPDX-License-Identifier: Apache-2.0
-- LinkServer: puts a new server into the ring between RandomServer (v_ends.a_name) and its buddy
-- RandomBuddy (v_ends.b_name). Each had the other in its entry; each gets the new server in the other's
-- place (buddy B if that is the other, else A), or as both of its buddies if it was alone. The new server's
-- buddies are RandomServer (A) and RandomBuddy (B).
--
-- The drained servers have the last slots (v_now.drained of them): the new one comes
-- before them, unless it is drained itself. Part of ServerAnnounceBeside.
-- REQUIRES a transaction that has locked the pool's row.
--
-- Assignments run from left to right: buddy_a is set while buddy_b is still what it was. The key is named because to
-- choose one costs a look into each.
UPDATE server FORCE INDEX (PRIMARY)
  SET buddy_a = IF(v_now.size > 1 AND buddy_b IN (v_ends.a_name, v_ends.b_name), buddy_a, p_server),
      buddy_b = IF(v_now.size = 1 OR buddy_b IN (v_ends.a_name, v_ends.b_name), p_server, buddy_b),
      epoch = epoch + 1
  WHERE pool_id = v_now.pool_id AND name IN (v_ends.a_name, v_ends.b_name)
    AND (v_now.size = 1 OR IF(name = v_ends.a_name, v_ends.b_name, v_ends.a_name) IN (buddy_a, buddy_b));
IF ROW_COUNT() <> LEAST(v_now.size, 2) THEN
  SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 32004,
    MESSAGE_TEXT = 'the ring is broken, so nothing was changed; see: buddyctl verify';
END IF;
IF v_now.drained > 0 AND NOT v_now.is_drained THEN
  UPDATE server SET slot = v_now.size + 1 WHERE pool_id = v_now.pool_id AND slot = v_now.size - v_now.drained + 1;
END IF;
INSERT INTO server (pool_id, slot, name, address, replace_port, incarnation, epoch, buddy_a, buddy_b, zone)
  VALUES (v_now.pool_id, v_now.size + 1 - IF(v_now.is_drained, 0, v_now.drained), p_server, p_address,
          p_replace_port, v_now.incarnation, v_now.epoch, v_ends.a_name, v_ends.b_name, p_zone);
UPDATE pool SET size = size + 1, drained = drained + v_now.is_drained, version = version + 1, newest = p_server
  WHERE pool_id = v_now.pool_id;
