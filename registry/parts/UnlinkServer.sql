-- SPDX-License-Identifier: Apache-2.0
-- UnlinkServer: closes the ring where p_server was: makes its buddies each other's, each gets the other one in the
-- server's place; and moves the last server into its slot. Part of ServerDelete, which sees to the rest by
-- TidyPool unless @a_epoch, @b_epoch and @moved are all above 0 in a pool of more than two with nobody drained.
-- REQUIRES TakeServer, in a transaction.
--
-- One statement for the buddies and for the pool's newest, who probably has the last slot and may be one of them.
-- A buddy that has p_server as it should, once, or twice in a pool of two, is kept, with the epoch that it has from
-- now on. The key is named because to choose one costs a look into each.
UPDATE server FORCE INDEX (PRIMARY)
  SET epoch = IF(p_server IN (buddy_a, buddy_b) AND (buddy_a = buddy_b) = (@size = 2),
                 CASE name
                   WHEN @a THEN (@a_epoch := epoch + 1)
                     + 0 * (LENGTH(@a_address := address) + (@a_port := replace_port) + (@a_life := incarnation))
                   WHEN @b THEN (@b_epoch := epoch + 1)
                     + 0 * (LENGTH(@b_address := address) + (@b_port := replace_port) + (@b_life := incarnation))
                   ELSE epoch
                 END,
                 epoch),
      buddy_a = IF(buddy_a = p_server, NULLIF(IF(name = @a, @b, @a), name), buddy_a),
      buddy_b = IF(buddy_b = p_server, NULLIF(IF(name = @a, @b, @a), name), buddy_b),
      slot = IF(slot = @last, @moved := @slot, slot)
  WHERE pool_id = @pool AND name IN (@a, @b, @newest);
UPDATE server_incarnation SET incarnation = @life, epoch = @epoch WHERE pool_id = @pool AND name = p_server;
