-- SPDX-License-Identifier: Apache-2.0
-- Until when no verdict counts in a pool (pool.paused_until; NULL or past: it counts), and
-- what else an operator may have done (audit.event).

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
