-- SPDX-License-Identifier: Apache-2.0
-- RingAnnounce: puts a server into the ring beside the server p_beside, or where RingPlace
-- chooses when p_beside is ''. A server that is in the table under the same address
-- rejoins where it is. Begins the transaction, which whoever calls ends once it has
-- replied. Part of ServerAnnounceBeside.
--
-- READ COMMITTED, here and wherever the pool's row is locked: what is read after the lock
-- is what whoever held it before left, and a look for a row that is not there locks no
-- gap, in which other pools have theirs.
CREATE OR REPLACE PROCEDURE RingAnnounce(
  IN p_pool VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_server VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_address VARCHAR(45) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_replace_port SMALLINT UNSIGNED,
  IN p_incarnation BIGINT UNSIGNED,
  IN p_zone VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_beside VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  OUT p_pool_id INT UNSIGNED,
  OUT p_outcome VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin
)
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
BEGIN
  DECLARE v_size INT UNSIGNED;
  DECLARE v_drained INT UNSIGNED;
  DECLARE v_is_drained BOOLEAN;
  DECLARE v_known VARCHAR(45) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_holder VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_sample VARCHAR(45) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_incarnation, v_epoch BIGINT UNSIGNED;
  DECLARE v_buddy_a, v_buddy_b VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin;

  CALL CheckServer(p_pool, p_server, p_address, p_replace_port, p_incarnation, p_zone);

  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  REPEAT
    -- The pool's row is locked before the others are read. All are found by primary key.
    SELECT pool.pool_id, pool.size, pool.drained, reached.incarnation, reached.epoch, reached.drained,
           own.address, own.buddy_a, own.buddy_b, newest.address
      INTO p_pool_id, v_size, v_drained, v_incarnation, v_epoch, v_is_drained, v_known, v_buddy_a, v_buddy_b, v_sample
      FROM pool
      LEFT JOIN server_incarnation reached ON reached.pool_id = pool.pool_id AND reached.name = p_server
      LEFT JOIN server own ON own.pool_id = pool.pool_id AND own.name = p_server
      LEFT JOIN server newest ON newest.pool_id = pool.pool_id AND newest.name = pool.newest
      WHERE pool.name = p_pool
      FOR UPDATE;
    IF p_pool_id IS NULL THEN
      INSERT INTO pool (name) VALUES (p_pool) ON DUPLICATE KEY UPDATE size = size;
    END IF;
  UNTIL p_pool_id IS NOT NULL END REPEAT;
  SELECT name INTO v_holder FROM server WHERE pool_id = p_pool_id AND address = p_address LIMIT 1;
  IF v_known IS NULL AND v_sample IS NULL THEN
    -- All are of one family, so any row tells which; the first is there if any is.
    SELECT address INTO v_sample FROM server WHERE pool_id = p_pool_id AND slot = 1;
  END IF;
  IF v_known <> p_address OR v_holder <> p_server OR (v_sample LIKE '%:%') <> (p_address LIKE '%:%') THEN
    CALL CheckClaim(p_server, p_address, v_known, v_holder, v_sample);
  END IF;

  SET p_outcome = IF(v_known IS NULL, 'announced', 'rejoined');
  SET v_incarnation = GREATEST(p_incarnation, COALESCE(v_incarnation, 0) + 1);
  INSERT INTO server_incarnation (pool_id, name, incarnation) VALUES (p_pool_id, p_server, v_incarnation)
    ON DUPLICATE KEY UPDATE incarnation = v_incarnation;
  IF v_known IS NOT NULL THEN
    CALL RingRenew(p_pool_id, p_server, p_replace_port, v_incarnation, p_zone, v_buddy_a, v_buddy_b);
  ELSE
    IF v_size > 0 THEN
      SET v_buddy_a = p_beside;
      CALL RingPlace(p_pool_id, v_size, p_zone, v_buddy_a, v_buddy_b);
    END IF;
    CALL RingLink(p_pool_id, v_size, v_drained, p_server, p_address, p_replace_port, v_incarnation,
                  COALESCE(v_epoch, 0) + 1, p_zone, COALESCE(v_is_drained, FALSE), v_buddy_a, v_buddy_b);
  END IF;
  INSERT INTO audit (pool, event, server, address, incarnation)
    VALUES (p_pool, p_outcome, p_server, p_address, v_incarnation);
END
