-- SPDX-License-Identifier: Apache-2.0
-- CheckConflict: refuses a name that is there under another address, an address
-- that is there under another name, and an address of another family than the
-- pool's: those two could not probe each other. Part of ServerAnnounceBeside.
-- REQUIRES a transaction that has locked the pool's row.
CREATE PROCEDURE CheckConflict(
  IN p_pool_id INT UNSIGNED,
  IN p_server VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_address VARCHAR(45) CHARACTER SET ascii COLLATE ascii_bin
)
  READS SQL DATA
  SQL SECURITY DEFINER
BEGIN
  DECLARE v_address VARCHAR(45) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_holder VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin;
  -- MariaDB takes messages of up to 512 characters. MySQL takes 128: too few for the
  -- longest names with the longest IPv6 addresses.
  DECLARE v_message VARCHAR(255) CHARACTER SET utf8mb4;

  SELECT address INTO v_address FROM server WHERE pool_id = p_pool_id AND name = p_server;
  IF v_address <> p_address THEN
    SET v_message = CONCAT('this name has address ', v_address, '; to free it: buddyctl remove ', p_server);
    SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 32001, MESSAGE_TEXT = v_message;
  END IF;
  SELECT name INTO v_holder FROM server WHERE pool_id = p_pool_id AND address = p_address;
  IF v_holder <> p_server THEN
    SET v_message = CONCAT('address ', p_address, ' is taken; to free it: buddyctl remove ', v_holder);
    SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 32001, MESSAGE_TEXT = v_message;
  END IF;
  -- All are of one family, so one row, which is there if any is, tells which.
  SELECT address INTO v_address FROM server WHERE pool_id = p_pool_id AND slot = 1;
  IF (v_address LIKE '%:%') <> (p_address LIKE '%:%') THEN
    SET v_message = CONCAT('this pool''s servers have ', IF(v_address LIKE '%:%', 'IPv6', 'IPv4'),
                           ' addresses; give this one such an address, or another pool');
    SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 32001, MESSAGE_TEXT = v_message;
  END IF;
END
