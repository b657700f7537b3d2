-- SPDX-License-Identifier: Apache-2.0
-- ServerRow: a server's own row and its buddies', as they are at one moment.
-- No rows: it is not in the table. One statement, and no transaction of its own, because
-- the procedures of version 2 call it inside theirs.
CREATE OR REPLACE PROCEDURE ServerRow(
  IN p_pool VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_server VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin
)
  READS SQL DATA
  SQL SECURITY DEFINER
BEGIN
  SELECT 'self' AS role, own.name, own.address, own.replace_port, own.incarnation, own.epoch
    FROM pool
    JOIN server own ON own.pool_id = pool.pool_id AND own.name = p_server
    WHERE pool.name = p_pool
  UNION ALL
  SELECT 'buddy_a', buddy.name, buddy.address, buddy.replace_port, buddy.incarnation, buddy.epoch
    FROM pool
    JOIN server own ON own.pool_id = pool.pool_id AND own.name = p_server
    JOIN server buddy ON buddy.pool_id = own.pool_id AND buddy.name = own.buddy_a
    WHERE pool.name = p_pool
  UNION ALL
  SELECT 'buddy_b', buddy.name, buddy.address, buddy.replace_port, buddy.incarnation, buddy.epoch
    FROM pool
    JOIN server own ON own.pool_id = pool.pool_id AND own.name = p_server
    JOIN server buddy ON buddy.pool_id = own.pool_id AND buddy.name = own.buddy_b
    WHERE pool.name = p_pool;
END
