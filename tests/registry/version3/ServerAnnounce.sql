-- SPDX-License-Identifier: Apache-2.0
-- ServerAnnounce: puts a server into the ring where RingPlace chooses. See
-- ServerAnnounceBeside, which does it.
CREATE OR REPLACE PROCEDURE ServerAnnounce(
  IN p_pool VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_server VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_address VARCHAR(45) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_replace_port SMALLINT UNSIGNED,
  IN p_incarnation BIGINT UNSIGNED,
  IN p_zone VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin
)
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
BEGIN
  CALL ServerAnnounceBeside(p_pool, p_server, p_address, p_replace_port, p_incarnation, p_zone, '');
END
