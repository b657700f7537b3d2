-- SPDX-License-Identifier: Apache-2.0
-- PoolVersion: rises with each change of the pool; 0 for an unknown pool.
CREATE OR REPLACE PROCEDURE PoolVersion(IN p_pool VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin)
  READS SQL DATA
  SQL SECURITY DEFINER
BEGIN
  SELECT COALESCE(MAX(version), 0) AS version FROM pool WHERE name = p_pool;
END
