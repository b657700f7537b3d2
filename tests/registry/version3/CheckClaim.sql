-- SPDX-License-Identifier: Apache-2.0
-- CheckClaim: refuses a name that is there under another address (p_known), an
-- address that is there under another name (p_holder), and an address of another
-- family than the pool's (p_sample): those two could not probe each other. What is
-- not there is NULL. Part of ServerAnnounceBeside.
CREATE OR REPLACE PROCEDURE CheckClaim(
  IN p_server VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_address VARCHAR(45) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_known VARCHAR(45) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_holder VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_sample VARCHAR(45) CHARACTER SET ascii COLLATE ascii_bin
)
  NO SQL
  SQL SECURITY DEFINER
BEGIN
  -- MariaDB takes messages of up to 512 characters. MySQL takes 128: too few for the
  -- longest names with the longest IPv6 addresses.
  DECLARE v_message VARCHAR(255) CHARACTER SET utf8mb4;

  IF p_known <> p_address THEN
    SET v_message = CONCAT('this name has address ', p_known, '; to free it: buddyctl remove ', p_server);
    SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 32001, MESSAGE_TEXT = v_message;
  END IF;
  IF p_holder <> p_server THEN
    SET v_message = CONCAT('address ', p_address, ' is taken; to free it: buddyctl remove ', p_holder);
    SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 32001, MESSAGE_TEXT = v_message;
  END IF;
  IF (p_sample LIKE '%:%') <> (p_address LIKE '%:%') THEN
    SET v_message = CONCAT('this pool''s servers have ', IF(p_sample LIKE '%:%', 'IPv6', 'IPv4'),
                           ' addresses; give this one such an address, or another pool');
    SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 32001, MESSAGE_TEXT = v_message;
  END IF;
END
