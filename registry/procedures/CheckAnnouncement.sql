-- SPDX-License-Identifier: Apache-2.0
-- CheckAnnouncement: refuses what can be no server, and says why. Part of ServerAnnounceBeside.
--
-- One address must have one text, or a double would be missed: for IPv6
-- that of RFC 5952. The agent has the same rule (Address::why_no_server).
CREATE OR REPLACE PROCEDURE CheckAnnouncement(
  IN p_pool VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_server VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_address VARCHAR(45) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_replace_port SMALLINT UNSIGNED,
  IN p_incarnation BIGINT UNSIGNED,
  IN p_zone VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin
)
  NO SQL
  SQL SECURITY DEFINER
BEGIN
  DECLARE v_hex CHAR(32) CHARACTER SET ascii;
  DECLARE v_usual VARCHAR(45) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_colons INT UNSIGNED;

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
  IF NOT p_address REGEXP '[^0-9a-f:]' AND IS_IPV6(p_address) THEN
    SET v_hex = HEX(INET6_ATON(p_address));
    SET v_usual = INET6_NTOA(INET6_ATON(p_address));
    SET v_colons = LENGTH(v_usual) - LENGTH(REPLACE(v_usual, ':', ''));
    -- The database shortens one group of zeros, too; RFC 5952 writes it out.
    IF v_usual LIKE '_%::_%' AND v_colons = 7 THEN
      SET v_usual = REPLACE(v_usual, '::', ':0:');
    ELSEIF v_usual LIKE '::%' AND v_colons = 8 THEN
      SET v_usual = CONCAT('0', SUBSTRING(v_usual, 2));
    ELSEIF v_usual LIKE '%::' AND v_colons = 8 THEN
      SET v_usual = REPLACE(v_usual, '::', ':0');
    END IF;
  END IF;
  -- Not 0.0.0.0/8, loopback, multicast or reserved. Not ::/96 (loopback is there), multicast or link-local; IPv4 in
  -- its mapped form has dots.
  IF (INET_NTOA(INET_ATON(p_address)) = p_address AND INET_ATON(p_address) >> 24 NOT IN (0, 127)
      AND INET_ATON(p_address) >> 24 < 224) IS NOT TRUE
     AND (v_usual = p_address AND v_hex NOT LIKE CONCAT(REPEAT('0', 24), '%') AND v_hex NOT LIKE 'FF%'
          AND v_hex NOT REGEXP '^FE[89AB]') IS NOT TRUE THEN
    SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 32003,
      MESSAGE_TEXT = 'the address must be one host''s IPv4 or IPv6 address in its usual form, like 10.1.0.7 or 2001:db8::7';
  END IF;
END
