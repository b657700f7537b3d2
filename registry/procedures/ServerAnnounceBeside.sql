-- SPDX-License-Identifier: Apache-2.0
-- ServerAnnounceBeside: puts a server into the ring beside the server p_beside,
-- or where RingPlace chooses when p_beside is ''.
-- A server that is in the table under the same address rejoins where it is.
CREATE OR REPLACE PROCEDURE ServerAnnounceBeside(
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
  DECLARE v_pool_id INT UNSIGNED;
  DECLARE v_size INT UNSIGNED;
  DECLARE v_drained INT UNSIGNED;
  DECLARE v_is_drained BOOLEAN;
  DECLARE v_known VARCHAR(45) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_holder VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_sample VARCHAR(45) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_incarnation, v_epoch BIGINT UNSIGNED;
  DECLARE v_buddy_a, v_buddy_b VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_outcome VARCHAR(16) CHARACTER SET ascii DEFAULT 'announced';
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    ROLLBACK;
    RESIGNAL;
  END;
  CALL CheckServer(p_pool, p_server, p_address, p_replace_port, p_incarnation, p_zone);

  START TRANSACTION;
  CALL PoolLock(p_pool, v_pool_id, v_size, v_drained);
  -- All are of one family, so one row, which is there if any is, tells which.
  SELECT own.address, own.buddy_a, own.buddy_b, holder.name, sample.address, reached.incarnation, reached.epoch,
         reached.drained
    INTO v_known, v_buddy_a, v_buddy_b, v_holder, v_sample, v_incarnation, v_epoch, v_is_drained
    FROM pool
    LEFT JOIN server own ON own.pool_id = v_pool_id AND own.name = p_server
    LEFT JOIN server holder ON holder.pool_id = v_pool_id AND holder.address = p_address
    LEFT JOIN server sample ON sample.pool_id = v_pool_id AND sample.slot = 1
    LEFT JOIN server_incarnation reached ON reached.pool_id = v_pool_id AND reached.name = p_server
    WHERE pool.pool_id = v_pool_id;
  CALL CheckConflict(p_server, p_address, v_known, v_holder, v_sample);

  SET v_incarnation = GREATEST(p_incarnation, COALESCE(v_incarnation, 0) + 1);
  INSERT INTO server_incarnation (pool_id, name, incarnation) VALUES (v_pool_id, p_server, v_incarnation)
    ON DUPLICATE KEY UPDATE incarnation = v_incarnation;
  IF v_known IS NOT NULL THEN
    SET v_outcome = 'rejoined';
    CALL RingRejoin(v_pool_id, p_server, p_replace_port, v_incarnation, p_zone, v_buddy_a, v_buddy_b);
  ELSE
    IF v_size > 0 THEN
      SET v_buddy_a = p_beside;
      CALL RingPlace(v_pool_id, v_size, p_zone, v_buddy_a, v_buddy_b);
    END IF;
    CALL RingInsert(v_pool_id, v_size, v_drained, p_server, p_address, p_replace_port, v_incarnation,
                    COALESCE(v_epoch, 0) + 1, p_zone, COALESCE(v_is_drained, FALSE), v_buddy_a, v_buddy_b);
  END IF;
  INSERT INTO audit (pool, event, server, address, incarnation)
    VALUES (p_pool, v_outcome, p_server, p_address, v_incarnation);

  SELECT v_outcome AS outcome;
  CALL RowSet(v_pool_id, p_server, v_buddy_a, v_buddy_b);
  COMMIT;
END
