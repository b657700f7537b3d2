-- SPDX-License-Identifier: Apache-2.0
-- SchemaVersion: the highest migration that was carried out.
CREATE PROCEDURE SchemaVersion()
  READS SQL DATA
  SQL SECURITY DEFINER
BEGIN
  SELECT COALESCE(MAX(version), 0) AS version FROM schema_version;
END
