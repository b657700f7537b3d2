-- SPDX-License-Identifier: Apache-2.0
-- CountServer: counts p_server into the pool, which locks the pool's row before anything else is read, keeps what
-- that was, and draws a slot. Part of ServerAnnounceBeside.
UPDATE pool
  SET version = version + 1 + 0 * ((@pool := pool_id) + (@slot := CAST(FLOOR(RAND() * size) AS UNSIGNED) + 1)),
      size = (@size := size) + 1, drained = (@drained := drained),
      newest = IF(LENGTH(@newest := newest) < 0, '', COALESCE(p_server, ''))
  WHERE name = p_pool;
