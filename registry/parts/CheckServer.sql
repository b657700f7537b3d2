-- SPDX-License-Identifier: Apache-2.0
-- CheckServer: refuses what can be no server. One look for all that is well, because each costs; who
-- does not pass it is looked at more closely. Part of ServerAnnounceBeside.
--
-- An IPv4 address in its usual form, not of 0.0.0.0/8, loopback, multicast or reserved.
IF (p_pool <> '' AND p_server <> '' AND p_replace_port > 0 AND p_incarnation <= 9223372036854775807
    AND NOT CONCAT(p_pool, p_server, p_zone) REGEXP '[^A-Za-z0-9._-]'
    AND INET_NTOA(INET_ATON(p_address)) = p_address AND INET_ATON(p_address) >> 24 NOT IN (0, 127)
    AND INET_ATON(p_address) >> 24 < 224) IS NOT TRUE THEN
  CALL RefuseServer(p_pool, p_server, p_address, p_replace_port, p_incarnation, p_zone);
END IF;
