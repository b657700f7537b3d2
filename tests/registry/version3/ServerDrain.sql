-- SPDX-License-Identifier: Apache-2.0
-- ServerDrain: a server gets no more clients (p_drained), or gets them again. It stays
-- in the ring either way, with its buddies and its epoch. It is the name that is
-- drained: a server that comes back later still is. The audit says who (p_by), why and
-- by which account; outcome 'already' changes nothing and writes nothing.
--
-- The drained have the last slots, so that a random slot before them is a server
-- that gets clients: the server changes places with the one at that border.
CREATE OR REPLACE PROCEDURE ServerDrain(
  IN p_pool VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_server VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_drained BOOLEAN,
  IN p_by VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_why TEXT CHARACTER SET utf8mb4
)
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
BEGIN
  DECLARE v_pool_id INT UNSIGNED;
  DECLARE v_was BOOLEAN;
  DECLARE v_slot INT UNSIGNED;
  DECLARE v_border INT UNSIGNED;
  DECLARE v_outcome VARCHAR(16) CHARACTER SET ascii DEFAULT IF(p_drained, 'drained', 'undrained');
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    ROLLBACK;
    RESIGNAL;
  END;
  CALL CheckOperator(p_by);

  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  -- The border is the last slot of those who get clients, or the first behind it.
  SELECT pool_id, size - drained + IF(p_drained, 0, 1) INTO v_pool_id, v_border FROM pool WHERE name = p_pool FOR UPDATE;
  SELECT reached.drained, server.slot INTO v_was, v_slot
    FROM server_incarnation reached
    LEFT JOIN server ON server.pool_id = reached.pool_id AND server.name = reached.name
    WHERE reached.pool_id = v_pool_id AND reached.name = p_server;
  IF v_was IS NULL THEN
    SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 32002,
      MESSAGE_TEXT = 'no server of this name was ever announced in this pool; see: buddyctl ring';
  END IF;
  IF v_was = p_drained THEN
    SET v_outcome = 'already';
  ELSE
    UPDATE server_incarnation SET drained = p_drained WHERE pool_id = v_pool_id AND name = p_server;
    IF v_slot <> v_border THEN
      UPDATE server SET slot = v_slot + v_border - slot WHERE pool_id = v_pool_id AND slot IN (v_slot, v_border);
    END IF;
    UPDATE pool SET drained = IF(v_slot IS NULL, drained, IF(p_drained, drained + 1, drained - 1)), version = version + 1
      WHERE pool_id = v_pool_id;
    CALL AuditOperator(p_pool, v_pool_id, v_outcome, p_server, p_by, p_why);
  END IF;
  SELECT v_outcome AS outcome;
  COMMIT;
END
