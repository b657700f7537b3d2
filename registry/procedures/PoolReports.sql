-- SPDX-License-Identifier: Apache-2.0
-- PoolReports: what the live servers of a pool last told of their round trips (ServerReport), by
-- name. What an earlier incarnation told is left out; a buddy that is none any more is for
-- whoever reads to notice, by its name.
CREATE OR REPLACE PROCEDURE PoolReports(
  IN p_pool VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_limit INT UNSIGNED
)
  READS SQL DATA
  SQL SECURITY DEFINER
BEGIN
  SELECT report.name AS server, report.buddy_a, report.class_a, report.buddy_b, report.class_b
    FROM pool
    JOIN report ON report.pool_id = pool.pool_id
    JOIN server ON server.pool_id = report.pool_id AND server.name = report.name
                   AND server.incarnation = report.incarnation
    WHERE pool.name = p_pool
    ORDER BY report.name
    LIMIT p_limit;
END
