-- SPDX-License-Identifier: Apache-2.0
-- Until when no verdict counts in a pool (pool.paused_until; NULL or past: it counts),
-- what else an operator may have done (audit.event), and what servers tell of their round trips
-- (report).

SET @change = IF(
  EXISTS (SELECT 1 FROM information_schema.columns
            WHERE table_schema = DATABASE() AND table_name = 'pool' AND column_name = 'paused_until'),
  'DO 0',
  'ALTER TABLE pool ADD COLUMN paused_until TIMESTAMP(6) NULL DEFAULT NULL');
PREPARE change_pool FROM @change;
EXECUTE change_pool;
DEALLOCATE PREPARE change_pool;

SET @change = IF(
  EXISTS (SELECT 1 FROM information_schema.columns
            WHERE table_schema = DATABASE() AND table_name = 'audit' AND column_name = 'event'
              AND column_type LIKE '%''rejoin_asked''%'),
  'DO 0',
  'ALTER TABLE audit
     MODIFY COLUMN event ENUM(''announced'', ''rejoined'', ''deleted'', ''drained'', ''undrained'', ''weighted'',
                              ''paused'', ''resumed'', ''rejoin_asked'') NOT NULL');
PREPARE change_audit FROM @change;
EXECUTE change_audit;
DEALLOCATE PREPARE change_audit;

-- No foreign key: it would lock the server's row, and the ring's changes would wait.
CREATE TABLE IF NOT EXISTS report (
  pool_id INT UNSIGNED NOT NULL,
  name VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  incarnation BIGINT UNSIGNED NOT NULL,
  buddy_a VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  class_a TINYINT UNSIGNED NOT NULL,
  buddy_b VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  class_b TINYINT UNSIGNED NOT NULL,
  PRIMARY KEY (pool_id, name)
) ENGINE = InnoDB;
