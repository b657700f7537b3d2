-- SPDX-License-Identifier: Apache-2.0
-- SchemaRange: the highest migration that was carried out, and the oldest version for
-- which a program may have been made that calls these procedures; and whether this
-- database takes changes, for those who have another to choose.
CREATE OR REPLACE PROCEDURE SchemaRange()
  READS SQL DATA
  SQL SECURITY DEFINER
BEGIN
  SELECT COALESCE(MAX(version), 0) AS version, 2 AS serves_from, @@GLOBAL.read_only AS read_only FROM schema_version;
END
