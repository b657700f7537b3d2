-- SPDX-License-Identifier: Apache-2.0
-- Where a server is (zone), which of its buddies suspected it last and when
-- (accused_by_a, accused_at_a, and the same for b), and on whose second word a
-- verdict rested (audit.witness, audit.word).
--
-- MySQL cannot add a column only if it is missing, so each change is chosen by a
-- look at what is there; that is what lets it run twice. A table changes whole or
-- not at all.

SET @change = IF(
  EXISTS (SELECT 1 FROM information_schema.columns
            WHERE table_schema = DATABASE() AND table_name = 'server' AND column_name = 'zone'),
  'DO 0',
  'ALTER TABLE server
     ADD COLUMN zone VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '''',
     ADD COLUMN accused_by_a VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NULL DEFAULT NULL,
     ADD COLUMN accused_at_a TIMESTAMP(6) NULL DEFAULT NULL,
     ADD COLUMN accused_by_b VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NULL DEFAULT NULL,
     ADD COLUMN accused_at_b TIMESTAMP(6) NULL DEFAULT NULL');
PREPARE change_server FROM @change;
EXECUTE change_server;
DEALLOCATE PREPARE change_server;

-- The index is for counting what an accuser has deleted of late.
SET @change = IF(
  EXISTS (SELECT 1 FROM information_schema.columns
            WHERE table_schema = DATABASE() AND table_name = 'audit' AND column_name = 'witness'),
  'DO 0',
  'ALTER TABLE audit
     ADD COLUMN witness VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NULL DEFAULT NULL,
     ADD COLUMN word ENUM(''concurs'', ''abstains'', ''closed'', ''beyond'') NULL DEFAULT NULL,
     ADD KEY audit_pool_accuser (pool, accuser, at)');
PREPARE change_audit FROM @change;
EXECUTE change_audit;
DEALLOCATE PREPARE change_audit;
