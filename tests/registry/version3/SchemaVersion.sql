-- SPDX-License-Identifier: Apache-2.0
-- SchemaVersion: what programs of version 2 ask for, who know their own version alone:
-- the oldest that is served. Later ones ask for SchemaRange.
CREATE OR REPLACE PROCEDURE SchemaVersion()
  READS SQL DATA
  SQL SECURITY DEFINER
BEGIN
  SELECT CAST(LEAST(COALESCE(MAX(version), 0), 2) AS UNSIGNED) AS version FROM schema_version;
END
