-- SPDX-License-Identifier: Apache-2.0
-- ServerRejoin: an operator wants a server to announce itself anew. The table can only write
-- down who (p_by), why and by which account; whoever calls this then removes the server,
-- whose agent does the rest. Outcome 'there': it has a row; 'away'.
CREATE OR REPLACE PROCEDURE ServerRejoin(
  IN p_pool VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_server VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_by VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_why TEXT CHARACTER SET utf8mb4
)
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
BEGIN
  DECLARE v_pool_id INT UNSIGNED;
  DECLARE v_known, v_there BOOLEAN;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    ROLLBACK;
    RESIGNAL;
  END;
  CALL CheckOperator(p_by);

  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  SELECT pool_id INTO v_pool_id FROM pool WHERE name = p_pool FOR UPDATE;
  SELECT TRUE, server.name IS NOT NULL INTO v_known, v_there
    FROM server_incarnation reached
    LEFT JOIN server ON server.pool_id = reached.pool_id AND server.name = reached.name
    WHERE reached.pool_id = v_pool_id AND reached.name = p_server;
  IF v_known IS NULL THEN
    SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 32002,
      MESSAGE_TEXT = 'no server of this name was ever announced in this pool; see: buddyctl ring';
  END IF;
  CALL AuditOperator(p_pool, v_pool_id, 'rejoin_asked', p_server, p_by, p_why);
  SELECT IF(v_there, 'there', 'away') AS outcome;
  COMMIT;
END
