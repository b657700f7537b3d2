-- SPDX-License-Identifier: Apache-2.0
-- CheckOperator: refuses what can be no operator's name. Part of what operators call.
CREATE OR REPLACE PROCEDURE CheckOperator(IN p_by VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin)
  NO SQL
  SQL SECURITY DEFINER
BEGIN
  IF p_by IS NULL OR p_by = '' OR p_by REGEXP '[^A-Za-z0-9._-]' THEN
    SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 32003,
      MESSAGE_TEXT = 'an operator''s name must be 1 to 63 letters, digits, ".", "_" or "-"';
  END IF;
END
