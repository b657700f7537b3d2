-- SPDX-License-Identifier: Apache-2.0
-- ReadPlace: what p_server's name reached, and what the announcement makes of it, its incarnation and its epoch; who
-- has its address; and between which two it comes when nobody else has a say: the one in @slot and its buddy A, which
-- are one when it is alone, and nobody in an empty pool. NULL is what is not there. ROW_COUNT() is 0 where the name is
-- new, and where there was no pool to count it into.
--
-- The indexes are named because to choose one costs a look into each. Part of ServerAnnounceBeside.
-- REQUIRES CountServer right before it.
SELECT 'announced', GREATEST(p_incarnation, reached.incarnation + 1), reached.epoch + 1, reached.drained, holder.name,
       a.name, a.address, a.replace_port, a.incarnation, a.epoch + 1,
       COALESCE(a.buddy_a, a.name), NULL, NULL, NULL, NULL
  INTO @outcome, @life, @epoch, @is_drained, @holder,
       @a, @a_address, @a_port, @a_life, @a_epoch, @b, @b_address, @b_port, @b_life, @b_epoch
  FROM server_incarnation reached
  LEFT JOIN server a FORCE INDEX (server_slot) ON a.pool_id = reached.pool_id AND a.slot = @slot
  LEFT JOIN server holder FORCE INDEX (server_address)
         ON holder.pool_id = reached.pool_id AND holder.address = p_address
  WHERE reached.pool_id = @pool AND reached.name = p_server AND ROW_COUNT() > 0
  LIMIT 1;
