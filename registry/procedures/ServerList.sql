-- SPDX-License-Identifier: Apache-2.0
-- ServerList: a pool at one moment. One row a server, by name, each with the
-- pool's version and how long its verdicts are paused yet (NULL: they are not); an empty pool is
-- one row without a server, an unknown pool no row at all.
CREATE OR REPLACE PROCEDURE ServerList(IN p_pool VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin)
  READS SQL DATA
  SQL SECURITY DEFINER
BEGIN
  SELECT pool.version, server.slot, server.name, server.address, server.replace_port, server.incarnation,
         server.epoch, server.buddy_a, server.buddy_b, server.announced_at, server.zone, reached.drained, reached.weight,
         IF(pool.paused_until > CURRENT_TIMESTAMP(6),
            TIMESTAMPDIFF(MICROSECOND, CURRENT_TIMESTAMP(6), pool.paused_until), NULL) AS paused_left_us
    FROM pool
    LEFT JOIN server ON server.pool_id = pool.pool_id
    LEFT JOIN server_incarnation reached ON reached.pool_id = server.pool_id AND reached.name = server.name
    WHERE pool.name = p_pool
    ORDER BY server.name;
END
