-- SPDX-License-Identifier: Apache-2.0
-- RefuseName: refuses a name that is there under another address (p_known). Part of
-- ServerAnnounceBeside.
CREATE OR REPLACE PROCEDURE RefuseName(
  IN p_server VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_known VARCHAR(45) CHARACTER SET ascii COLLATE ascii_bin
)
  NO SQL
  SQL SECURITY DEFINER
BEGIN
  DECLARE v_message VARCHAR(255) CHARACTER SET utf8mb4
    DEFAULT CONCAT('this name has address ', p_known, '; to free it: buddyctl remove ', p_server);

  SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 32001, MESSAGE_TEXT = v_message;
END
