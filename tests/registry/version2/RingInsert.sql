-- SPDX-License-Identifier: Apache-2.0
-- RingInsert: puts a new server into the ring beside p_beside (in an empty pool
-- nobody is looked for).
--
-- RandomServer is the server beside which it is put, RandomBuddy is RandomServer's
-- buddy A, or B where that is in another zone than the new one and A is not. Each had the other in its entry; each gets the new
-- server in the other's place, and the new server's buddies are RandomServer (A)
-- and RandomBuddy (B).
-- REQUIRES a transaction that has locked the pool's row.
CREATE PROCEDURE RingInsert(
  IN p_pool_id INT UNSIGNED,
  IN p_size INT UNSIGNED,
  IN p_server VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_address VARCHAR(45) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_replace_port SMALLINT UNSIGNED,
  IN p_incarnation BIGINT UNSIGNED,
  IN p_epoch BIGINT UNSIGNED,
  IN p_zone VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_beside VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin
)
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
BEGIN
  DECLARE v_random_server VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_random_buddy VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin;

  IF p_size > 0 THEN
    SELECT near.name, IF(p_zone <> '' AND a.zone = p_zone AND b.zone <> p_zone, near.buddy_b, near.buddy_a)
      INTO v_random_server, v_random_buddy
      FROM server near
      LEFT JOIN server a ON a.pool_id = near.pool_id AND a.name = near.buddy_a
      LEFT JOIN server b ON b.pool_id = near.pool_id AND b.name = near.buddy_b
      WHERE near.pool_id = p_pool_id AND near.name = p_beside;
    IF v_random_server IS NULL THEN
      SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 32002,
        MESSAGE_TEXT = 'the server to be announced beside is not in the pool; see: buddyctl ring, buddyctl verify';
    END IF;
    IF p_size = 1 THEN
      SET v_random_buddy = v_random_server;
      UPDATE server SET buddy_a = p_server, buddy_b = p_server, epoch = epoch + 1
        WHERE pool_id = p_pool_id AND name = v_random_server;
    ELSE
      CALL BuddyReplace(p_pool_id, v_random_buddy, v_random_server, p_server);
      CALL BuddyReplace(p_pool_id, v_random_server, v_random_buddy, p_server);
    END IF;
  END IF;
  INSERT INTO server (pool_id, slot, name, address, replace_port, incarnation, epoch, buddy_a, buddy_b, zone)
    VALUES (p_pool_id, p_size + 1, p_server, p_address, p_replace_port, p_incarnation, p_epoch,
            v_random_server, v_random_buddy, p_zone);
  UPDATE pool SET size = size + 1 WHERE pool_id = p_pool_id;
END
