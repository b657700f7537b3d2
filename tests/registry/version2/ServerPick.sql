-- SPDX-License-Identifier: Apache-2.0
-- ServerPick: a random live server, each as likely as any other. No rows: the
-- pool is empty or unknown.
CREATE PROCEDURE ServerPick(IN p_pool VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin)
  READS SQL DATA
  SQL SECURITY DEFINER
BEGIN
  -- Drawn once: inside the query it would be drawn anew for each row.
  DECLARE v_random DOUBLE DEFAULT RAND();

  SELECT server.name, server.address, server.replace_port, server.incarnation
    FROM pool
    JOIN server ON server.pool_id = pool.pool_id
               AND server.slot = CAST(FLOOR(v_random * pool.size) AS UNSIGNED) + 1
    WHERE pool.name = p_pool;
END
