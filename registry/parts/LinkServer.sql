-- SPDX-License-Identifier: Apache-2.0
-- LinkServer: puts a new server into the ring between RandomServer (@a) and its buddy
-- RandomBuddy (@b). Each had the other in its entry; each gets the new server in the other's
-- place (buddy B if that is the other, else A), or as both of its buddies if it was alone. The new server's
-- buddies are RandomServer (A) and RandomBuddy (B). Part of ServerAnnounceBeside.
-- REQUIRES ReadPlace, in a transaction.
--
-- Assignments run from left to right: buddy_a is set while buddy_b is still what it was. The key is named because to
-- choose one costs a look into each.
UPDATE server FORCE INDEX (PRIMARY)
  SET buddy_a = IF(@size > 1 AND buddy_b IN (@a, @b), buddy_a, p_server),
      buddy_b = IF(@size = 1 OR buddy_b IN (@a, @b), p_server, buddy_b),
      epoch = IF(name = @b,
                 (@b_epoch := epoch + 1)
                   + 0 * (LENGTH(@b_address := address) + (@b_port := replace_port) + (@b_life := incarnation)),
                 epoch + 1)
  WHERE pool_id = @pool AND name IN (@a, @b) AND IF(@size = 1, @a = @b, IF(name = @a, @b, @a) IN (buddy_a, buddy_b));
IF ROW_COUNT() <> LEAST(@size, 2) THEN
  SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 32004,
    MESSAGE_TEXT = 'the ring is broken, so nothing was changed; see: buddyctl verify';
END IF;
INSERT INTO server (pool_id, slot, name, address, replace_port, incarnation, epoch, buddy_a, buddy_b, zone)
  VALUES (@pool, @size + 1 - IF(@is_drained, 0, @drained), p_server, p_address, p_replace_port, @life, @epoch, @a, @b,
          p_zone);
