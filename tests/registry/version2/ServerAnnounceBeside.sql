-- SPDX-License-Identifier: Apache-2.0
-- ServerAnnounceBeside: puts a server into the ring beside the server p_beside,
-- or where RingPlace chooses when p_beside is ''.
-- A server that is in the table under the same address rejoins where it is.
CREATE PROCEDURE ServerAnnounceBeside(
  IN p_pool VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_server VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_address VARCHAR(45) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_replace_port SMALLINT UNSIGNED,
  IN p_incarnation BIGINT UNSIGNED,
  IN p_zone VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_beside VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin
)
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
BEGIN
  DECLARE v_pools INT UNSIGNED DEFAULT 0;
  DECLARE v_pool_id INT UNSIGNED;
  DECLARE v_size INT UNSIGNED;
  DECLARE v_rows INT UNSIGNED;
  DECLARE v_incarnation BIGINT UNSIGNED DEFAULT 0;
  DECLARE v_epoch BIGINT UNSIGNED DEFAULT 0;
  DECLARE v_beside VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin DEFAULT p_beside;
  DECLARE v_next VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_outcome VARCHAR(16) CHARACTER SET ascii DEFAULT 'announced';
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    ROLLBACK;
    RESIGNAL;
  END;

  CALL CheckServer(p_pool, p_server, p_address, p_replace_port, p_incarnation, p_zone);

  -- Looked up before the transaction: a look inside it would freeze what its
  -- later reads see at a moment before the lock.
  SELECT COUNT(*) INTO v_pools FROM pool WHERE name = p_pool;

  START TRANSACTION;
  IF v_pools = 0 THEN
    INSERT INTO pool (name) VALUES (p_pool) ON DUPLICATE KEY UPDATE size = size;
  END IF;
  SELECT pool_id, size INTO v_pool_id, v_size FROM pool WHERE name = p_pool FOR UPDATE;

  SELECT COUNT(*) INTO v_rows FROM server WHERE pool_id = v_pool_id AND name = p_server;
  CALL CheckConflict(v_pool_id, p_server, p_address);

  SELECT incarnation, epoch INTO v_incarnation, v_epoch
    FROM server_incarnation WHERE pool_id = v_pool_id AND name = p_server;
  SET v_incarnation = GREATEST(p_incarnation, v_incarnation + 1);
  INSERT INTO server_incarnation (pool_id, name, incarnation) VALUES (v_pool_id, p_server, v_incarnation)
    ON DUPLICATE KEY UPDATE incarnation = v_incarnation;

  IF v_rows > 0 THEN
    SET v_outcome = 'rejoined';
    CALL RingRejoin(v_pool_id, p_server, p_replace_port, v_incarnation, p_zone);
  ELSE
    IF p_beside = '' AND v_size > 0 THEN
      CALL RingPlace(v_pool_id, v_size, p_zone, v_beside, v_next);
    END IF;
    CALL RingInsert(v_pool_id, v_size, p_server, p_address, p_replace_port, v_incarnation, v_epoch + 1,
                    p_zone, v_beside);
  END IF;
  UPDATE pool SET version = version + 1 WHERE pool_id = v_pool_id;
  INSERT INTO audit (pool, event, server, address, incarnation)
    VALUES (p_pool, v_outcome, p_server, p_address, v_incarnation);

  SELECT v_outcome AS outcome;
  CALL ServerRow(p_pool, p_server);
  COMMIT;
END
