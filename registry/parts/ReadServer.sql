-- SPDX-License-Identifier: Apache-2.0
-- ReadServer: what the table has of p_server, its pool and its buddies, NULL where there is nothing, the slot
-- that becomes free at the end, whoever may have that one, and what the buddies' epochs will be. If one of the
-- buddies is v_near, that one is A. Part of ServerDelete.
--
-- The pool's row is locked before the others are read. All are found by primary key: who has the last slot is
-- looked up by name if it is the pool's newest, because a slot that is emptied and filled all the time has an
-- index entry of everybody who had it of late, which a look by slot must pass. What is there is read as it is:
-- to work something out costs more among so many columns than from variables.
SELECT pool.pool_id, pool.size, pool.drained, pool.paused_until > CURRENT_TIMESTAMP(6),
       pool.size - IF(own.slot > pool.size - pool.drained, 0, pool.drained), newest.name, newest.slot,
       own.slot, own.address, own.incarnation, own.epoch, own.buddy_a, own.buddy_b,
       a.name, a.address, a.replace_port, a.incarnation, a.epoch + 1, a.buddy_a, a.buddy_b,
       b.name, b.address, b.replace_port, b.incarnation, b.epoch + 1, b.buddy_a, b.buddy_b
  INTO v_now
  FROM pool
  LEFT JOIN server newest ON newest.pool_id = pool.pool_id AND newest.name = pool.newest
  LEFT JOIN server own ON own.pool_id = pool.pool_id AND own.name = p_server
  LEFT JOIN server a ON a.pool_id = pool.pool_id AND a.name = COALESCE(v_near, own.buddy_a)
  LEFT JOIN server b ON b.pool_id = pool.pool_id AND b.name = IF(own.buddy_b = v_near, own.buddy_a, own.buddy_b)
  WHERE pool.name = p_pool
  FOR UPDATE;
