-- SPDX-License-Identifier: Apache-2.0
-- PoolLock: locks a pool's row for the rest of the transaction, so that all changes of
-- one pool come one after the other, and says how many servers it has and how many of
-- them are drained. Makes the row where it is missing.
-- REQUIRES a transaction of READ COMMITTED: what is read after the lock is what whoever
-- held it before left, and a look for a row that is not there locks no gap, in which
-- other pools have theirs.
CREATE OR REPLACE PROCEDURE PoolLock(
  IN p_pool VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  OUT p_pool_id INT UNSIGNED,
  OUT p_size INT UNSIGNED,
  OUT p_drained INT UNSIGNED
)
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
BEGIN
  SELECT pool_id, size, drained INTO p_pool_id, p_size, p_drained FROM pool WHERE name = p_pool FOR UPDATE;
  IF p_pool_id IS NULL THEN
    INSERT INTO pool (name) VALUES (p_pool) ON DUPLICATE KEY UPDATE size = size;
    SELECT pool_id, size, drained INTO p_pool_id, p_size, p_drained FROM pool WHERE name = p_pool FOR UPDATE;
  END IF;
END
