-- SPDX-License-Identifier: Apache-2.0
-- ReadServer: what the table has of p_server, its pool and its buddies, NULL where there is nothing, and
-- what its deletion makes of it: whether the ring is whole there, the slot that becomes free at the end, who
-- has that one, and its buddies' epochs. In a run, whose later servers are asked for in no incarnation, A is the
-- accuser. Part of ServerDelete.
--
-- The pool's row is locked before the others are read. All are found by primary key: who has the last slot is
-- looked up by name if it is the pool's newest, because a slot that is emptied and filled all the time has an
-- index entry of everybody who had it of late, which a look by slot must pass.
SELECT pool.pool_id, pool.size, pool.drained, pool.paused_until > CURRENT_TIMESTAMP(6),
       pool.size - IF(own.slot > pool.size - pool.drained, 0, pool.drained),
       IF(newest.slot = pool.size - IF(own.slot > pool.size - pool.drained, 0, pool.drained), newest.name, NULL),
       pool.size = 1 OR (p_server IN (a.buddy_a, a.buddy_b) AND p_server IN (b.buddy_a, b.buddy_b)
                         AND IF(own.buddy_a = own.buddy_b, pool.size = 2 AND a.buddy_a = a.buddy_b, pool.size > 2)),
       own.slot, own.address, own.incarnation, own.epoch,
       a.name, a.address, a.replace_port, a.incarnation, a.epoch + 1,
       b.name, b.address, b.replace_port, b.incarnation, b.epoch + 1
  INTO v_now
  FROM pool
  LEFT JOIN server newest ON newest.pool_id = pool.pool_id AND newest.name = pool.newest
  LEFT JOIN server own ON own.pool_id = pool.pool_id AND own.name = p_server
  LEFT JOIN server a ON a.pool_id = pool.pool_id AND a.name = IF(p_incarnation IS NULL, p_accuser, own.buddy_a)
  LEFT JOIN server b ON b.pool_id = pool.pool_id
                     AND b.name = IF(p_incarnation IS NULL AND own.buddy_b = p_accuser, own.buddy_a, own.buddy_b)
  WHERE pool.name = p_pool
  FOR UPDATE;
