-- SPDX-License-Identifier: Apache-2.0
-- ReadPool: what the table has of the pool and of p_server, and what the announcement makes of it: its
-- incarnation, its epoch, and a random slot beside which it may come. NULL is what is not there: the pool,
-- p_server's address, and, if its name is new, whether it is drained. Part of ServerAnnounceBeside.
--
-- The pool's row is locked before the others are read. All are found by primary key.
SELECT pool.pool_id, pool.size, pool.drained, CAST(FLOOR(RAND() * pool.size) AS UNSIGNED) + 1,
       GREATEST(p_incarnation, COALESCE(own.incarnation, reached.incarnation, 0) + 1),
       COALESCE(own.epoch, reached.epoch, 0) + 1, reached.drained, own.address, NULL
  INTO v_now
  FROM pool
  LEFT JOIN server_incarnation reached ON reached.pool_id = pool.pool_id AND reached.name = p_server
  LEFT JOIN server own ON own.pool_id = pool.pool_id AND own.name = p_server
  WHERE pool.name = p_pool
  FOR UPDATE;
