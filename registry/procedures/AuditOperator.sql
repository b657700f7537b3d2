-- SPDX-License-Identifier: Apache-2.0
-- AuditOperator: what an operator did to a server, on whose word and by which account.
-- A server that is away has no address.
-- REQUIRES a transaction that has locked the pool's row.
CREATE OR REPLACE PROCEDURE AuditOperator(
  IN p_pool VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_pool_id INT UNSIGNED,
  IN p_event VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_server VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_by VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_why TEXT CHARACTER SET utf8mb4
)
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
BEGIN
  INSERT INTO audit (pool, event, server, address, incarnation, accuser, detail, account)
    SELECT p_pool, p_event, p_server, COALESCE(server.address, ''), COALESCE(server.incarnation, reached.incarnation),
           p_by, LEFT(p_why, 255), LEFT(SESSION_USER(), 255)
      FROM server_incarnation reached
      LEFT JOIN server ON server.pool_id = reached.pool_id AND server.name = reached.name
      WHERE reached.pool_id = p_pool_id AND reached.name = p_server;
END
