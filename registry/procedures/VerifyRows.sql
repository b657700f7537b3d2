-- SPDX-License-Identifier: Apache-2.0
-- VerifyRows: the violations that show in one row or in two. Part of
-- ServerVerify, which has opened the snapshot.
CREATE OR REPLACE PROCEDURE VerifyRows(IN p_pool_id INT UNSIGNED, IN p_count INT UNSIGNED)
  READS SQL DATA
  SQL SECURITY DEFINER
BEGIN
  -- The first branch says by COLLATE what the columns are; the others follow.
  SELECT 'size' AS rule, _ascii'' COLLATE ascii_bin AS server,
         CONCAT('the pool counts ', size, ', the table holds ', p_count) COLLATE utf8mb4_bin AS detail
    FROM pool WHERE pool_id = p_pool_id AND size <> p_count
  UNION ALL
  SELECT 'slots', name, CONCAT('slot ', slot, ' is outside 1 to ', p_count)
    FROM server WHERE pool_id = p_pool_id AND (slot < 1 OR slot > p_count)
  UNION ALL
  SELECT 'slots', MIN(name), CONCAT('slot ', slot, ' has ', COUNT(*), ' servers')
    FROM server WHERE pool_id = p_pool_id GROUP BY slot HAVING COUNT(*) > 1
  UNION ALL
  SELECT 'address', MIN(name), CONCAT('address ', address, ' has ', COUNT(*), ' servers')
    FROM server WHERE pool_id = p_pool_id GROUP BY address HAVING COUNT(*) > 1
  UNION ALL
  SELECT 'drained', s.name, IF(i.drained, 'it is drained, but its slot is among those that get clients',
                               'its slot is among the drained, but it is not')
    FROM pool p
    JOIN server s ON s.pool_id = p.pool_id
    JOIN server_incarnation i ON i.pool_id = s.pool_id AND i.name = s.name
    WHERE p.pool_id = p_pool_id AND s.slot <= p.size
          AND i.drained <> (s.slot > CAST(p.size AS SIGNED) - CAST(p.drained AS SIGNED))
  UNION ALL
  SELECT 'incarnation', s.name, CONCAT('incarnation ', s.incarnation, ' is below what the name had reached')
    FROM server s
    LEFT JOIN server_incarnation i ON i.pool_id = s.pool_id AND i.name = s.name
    WHERE s.pool_id = p_pool_id AND (i.incarnation IS NULL OR s.incarnation < i.incarnation)
  UNION ALL
  SELECT 'alone', name, 'the only server has a buddy'
    FROM server WHERE pool_id = p_pool_id AND p_count = 1 AND (buddy_a IS NOT NULL OR buddy_b IS NOT NULL)
  UNION ALL
  SELECT 'incomplete', name, 'a buddy is missing'
    FROM server WHERE pool_id = p_pool_id AND p_count > 1 AND (buddy_a IS NULL OR buddy_b IS NULL)
  UNION ALL
  SELECT 'self', name, 'it is its own buddy'
    FROM server WHERE pool_id = p_pool_id AND (buddy_a = name OR buddy_b = name)
  UNION ALL
  SELECT 'pair', name, 'of two servers each must be the other''s buddy twice'
    FROM server WHERE pool_id = p_pool_id AND p_count = 2 AND buddy_a <> buddy_b
  UNION ALL
  SELECT 'twice', name, CONCAT('buddy ', buddy_a, ' is there twice, in a pool of ', p_count)
    FROM server WHERE pool_id = p_pool_id AND p_count > 2 AND buddy_a = buddy_b
  UNION ALL
  SELECT 'unknown', edge.name, CONCAT('buddy ', edge.buddy, ' is not in the table')
    FROM (SELECT name, buddy_a AS buddy FROM server WHERE pool_id = p_pool_id
          UNION SELECT name, buddy_b FROM server WHERE pool_id = p_pool_id) edge
    LEFT JOIN server other ON other.pool_id = p_pool_id AND other.name = edge.buddy
    WHERE edge.buddy IS NOT NULL AND other.name IS NULL
  UNION ALL
  SELECT 'symmetry', own.name, CONCAT('its buddy ', other.name, ' does not have it as often for a buddy')
    FROM (SELECT name, buddy_a AS buddy FROM server WHERE pool_id = p_pool_id
          UNION SELECT name, buddy_b FROM server WHERE pool_id = p_pool_id) edge
    JOIN server own ON own.pool_id = p_pool_id AND own.name = edge.name
    JOIN server other ON other.pool_id = p_pool_id AND other.name = edge.buddy
    WHERE (own.buddy_a <=> other.name) + (own.buddy_b <=> other.name)
       <> (other.buddy_a <=> own.name) + (other.buddy_b <=> own.name);
END
