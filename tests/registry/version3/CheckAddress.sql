-- SPDX-License-Identifier: Apache-2.0
-- CheckAddress: refuses what can be no server's address. Part of CheckServer.
-- One address must have one text, or a double would be missed: for IPv6
-- that of RFC 5952. The agent has the same rule (Address::why_no_server).
CREATE OR REPLACE PROCEDURE CheckAddress(
  IN p_address VARCHAR(45) CHARACTER SET ascii COLLATE ascii_bin
)
  NO SQL
  SQL SECURITY DEFINER
BEGIN
  DECLARE v_good BOOLEAN DEFAULT FALSE;
  DECLARE v_number INT UNSIGNED;
  DECLARE v_hex CHAR(32) CHARACTER SET ascii;
  DECLARE v_usual VARCHAR(45) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_colons INT UNSIGNED;

  IF NOT p_address REGEXP '[^0-9.]' AND IS_IPV4(p_address) THEN
    SET v_number = INET_ATON(p_address);
    -- Not 0.0.0.0/8, loopback, multicast or reserved.
    SET v_good = INET_NTOA(v_number) = p_address AND (v_number >> 24) NOT IN (0, 127) AND v_number >> 24 < 224;
  ELSEIF NOT p_address REGEXP '[^0-9a-f:]' AND IS_IPV6(p_address) THEN
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
    -- Not ::/96 (loopback is there), multicast or link-local; IPv4 in its mapped form has dots.
    SET v_good = v_usual = p_address AND v_hex NOT LIKE CONCAT(REPEAT('0', 24), '%') AND v_hex NOT LIKE 'FF%'
                 AND v_hex NOT REGEXP '^FE[89AB]';
  END IF;
  IF v_good IS NOT TRUE THEN
    SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 32003,
      MESSAGE_TEXT = 'the address must be one host''s IPv4 or IPv6 address in its usual form, like 10.1.0.7 or 2001:db8::7';
  END IF;
END
