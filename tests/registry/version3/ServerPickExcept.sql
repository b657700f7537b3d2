-- SPDX-License-Identifier: Apache-2.0
-- ServerPickExcept: a random live server that is not drained and not one of p_except
-- (names with commas between), each in proportion to its weight. No rows: there is none.
--
-- A server is drawn, each as likely as any other, and taken as often as its weight
-- says; else another is drawn. A draw is one look by key, and with the usual weight
-- the first is taken. Where a hundred draws were in vain, weights are low throughout or
-- hardly anybody is left: then all are looked at, once, which gives the same chances.
CREATE OR REPLACE PROCEDURE ServerPickExcept(
  IN p_pool VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_except VARCHAR(511) CHARACTER SET ascii COLLATE ascii_bin
)
  READS SQL DATA
  SQL SECURITY DEFINER
BEGIN
  DECLARE v_random DOUBLE;
  DECLARE v_draws INT UNSIGNED DEFAULT 0;
  DECLARE v_weight INT UNSIGNED;
  DECLARE v_name VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_address VARCHAR(45) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_replace_port SMALLINT UNSIGNED;
  DECLARE v_incarnation BIGINT UNSIGNED;

  draw: WHILE v_draws < 100 DO
    -- Drawn once: inside the query it would be drawn anew for each row.
    SET v_random = RAND(), v_name = NULL, v_draws = v_draws + 1;
    SELECT server.name, server.address, server.replace_port, server.incarnation, reached.weight
      INTO v_name, v_address, v_replace_port, v_incarnation, v_weight
      FROM pool
      JOIN server ON server.pool_id = pool.pool_id
                 AND server.slot = CAST(FLOOR(v_random * (pool.size - pool.drained)) AS UNSIGNED) + 1
      JOIN server_incarnation reached ON reached.pool_id = server.pool_id AND reached.name = server.name
      WHERE pool.name = p_pool AND pool.size > pool.drained;
    IF v_name IS NULL THEN
      LEAVE draw;
    END IF;
    IF (v_weight = 100 OR RAND() * 100 < v_weight) AND FIND_IN_SET(v_name, p_except) = 0 THEN
      LEAVE draw;
    END IF;
    SET v_name = NULL;
  END WHILE draw;
  IF v_name IS NULL AND v_draws = 100 THEN
    -- The least of exponential times with these rates.
    SELECT server.name, server.address, server.replace_port, server.incarnation
      INTO v_name, v_address, v_replace_port, v_incarnation
      FROM pool
      JOIN server ON server.pool_id = pool.pool_id AND server.slot <= pool.size - pool.drained
      JOIN server_incarnation reached ON reached.pool_id = server.pool_id AND reached.name = server.name
      WHERE pool.name = p_pool AND FIND_IN_SET(server.name, p_except) = 0
      ORDER BY -LN(1 - RAND()) / reached.weight
      LIMIT 1;
  END IF;
  SELECT v_name AS name, v_address AS address, v_replace_port AS replace_port, v_incarnation AS incarnation
    FROM DUAL WHERE v_name IS NOT NULL;
END
