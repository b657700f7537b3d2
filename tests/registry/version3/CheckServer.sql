-- SPDX-License-Identifier: Apache-2.0
-- CheckServer: refuses what can be no server. Part of ServerAnnounceBeside.
CREATE OR REPLACE PROCEDURE CheckServer(
  IN p_pool VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_server VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_address VARCHAR(45) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_replace_port SMALLINT UNSIGNED,
  IN p_incarnation BIGINT UNSIGNED,
  IN p_zone VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin
)
  NO SQL
  SQL SECURITY DEFINER
checks: BEGIN
  CALL CheckAddress(p_address);
  -- One look for all that is well, because each costs.
  IF p_pool <> '' AND p_server <> '' AND p_replace_port > 0 AND p_incarnation <= 9223372036854775807
     AND NOT CONCAT(p_pool, p_server, p_zone) REGEXP '[^A-Za-z0-9._-]' THEN
    LEAVE checks;
  END IF;
  IF p_pool IS NULL OR p_pool = '' OR p_pool REGEXP '[^A-Za-z0-9._-]' THEN
    SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 32003,
      MESSAGE_TEXT = 'a pool''s name must be 1 to 63 letters, digits, ".", "_" or "-"';
  END IF;
  IF p_server IS NULL OR p_server = '' OR p_server REGEXP '[^A-Za-z0-9._-]' THEN
    SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 32003,
      MESSAGE_TEXT = 'a server''s name must be 1 to 63 letters, digits, ".", "_" or "-"';
  END IF;
  IF p_replace_port IS NULL OR p_replace_port = 0 THEN
    SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 32003, MESSAGE_TEXT = 'the replace port must be 1 to 65535';
  END IF;
  -- The upper half stays free, so that a name can always be announced once more.
  IF p_incarnation IS NULL OR p_incarnation > 9223372036854775807 THEN
    SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 32003, MESSAGE_TEXT = 'the incarnation must be below 2^63';
  END IF;
  IF p_zone IS NULL OR p_zone REGEXP '[^A-Za-z0-9._-]' THEN
    SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 32003,
      MESSAGE_TEXT = 'a zone''s name must be up to 63 letters, digits, ".", "_" or "-"';
  END IF;
END
