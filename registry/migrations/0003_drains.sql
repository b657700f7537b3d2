-- SPDX-License-Identifier: Apache-2.0
-- Which servers get clients, and how many (server_incarnation.drained and .weight; how
-- many of a pool get none: pool.drained), who probably has the last slot of those who do
-- (pool.newest), on whose account an operator did something
-- (audit.account), and for whom the installer grants rights (account).
--
-- Each default says what is so for those who do not know the column: the procedures
-- of version 2 go on working until they are replaced.

SET @change = IF(
  EXISTS (SELECT 1 FROM information_schema.columns
            WHERE table_schema = DATABASE() AND table_name = 'pool' AND column_name = 'newest'),
  'DO 0',
  'ALTER TABLE pool
     ADD COLUMN drained INT UNSIGNED NOT NULL DEFAULT 0,
     ADD COLUMN newest VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT ''''');
PREPARE change_pool FROM @change;
EXECUTE change_pool;
DEALLOCATE PREPARE change_pool;

-- With the name and not with the row: whoever is drained comes back drained.
SET @change = IF(
  EXISTS (SELECT 1 FROM information_schema.columns
            WHERE table_schema = DATABASE() AND table_name = 'server_incarnation' AND column_name = 'weight'),
  'DO 0',
  'ALTER TABLE server_incarnation
     ADD COLUMN drained BOOLEAN NOT NULL DEFAULT FALSE,
     ADD COLUMN weight TINYINT UNSIGNED NOT NULL DEFAULT 100');
PREPARE change_name FROM @change;
EXECUTE change_name;
DEALLOCATE PREPARE change_name;

SET @change = IF(
  EXISTS (SELECT 1 FROM information_schema.columns
            WHERE table_schema = DATABASE() AND table_name = 'audit' AND column_name = 'account'),
  'DO 0',
  'ALTER TABLE audit
     MODIFY COLUMN event ENUM(''announced'', ''rejoined'', ''deleted'', ''drained'', ''undrained'', ''weighted'') NOT NULL,
     ADD COLUMN account VARCHAR(255) CHARACTER SET utf8mb4 NULL DEFAULT NULL');
PREPARE change_audit FROM @change;
EXECUTE change_audit;
DEALLOCATE PREPARE change_audit;

-- Not unique any more, which the lock of the pool's row sees to: to look for a double, a
-- unique key locks the entry behind, which may be the first of the next pool.
SET @change = IF(
  EXISTS (SELECT 1 FROM information_schema.statistics
            WHERE table_schema = DATABASE() AND table_name = 'server' AND index_name = 'server_slot' AND non_unique = 0),
  'ALTER TABLE server
     DROP KEY server_slot, ADD KEY server_slot (pool_id, slot),
     DROP KEY server_address, ADD KEY server_address (pool_id, address)',
  'DO 0');
PREPARE change_server FROM @change;
EXECUTE change_server;
DEALLOCATE PREPARE change_server;

-- Procedures may come later than accounts: each installation grants to all of these.
CREATE TABLE IF NOT EXISTS account (
  name VARCHAR(80) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  duty ENUM('agent', 'router', 'operator') NOT NULL,
  PRIMARY KEY (name)
) ENGINE = InnoDB;
