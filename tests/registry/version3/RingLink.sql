-- SPDX-License-Identifier: Apache-2.0
-- RingLink: puts a new server into the ring between RandomServer and its buddy
-- RandomBuddy, which are one when it is alone and nobody in an empty pool. Each had
-- the other in its entry; each gets the new server in the other's place (buddy B if that
-- is the other, else A), and the new server's buddies are RandomServer (A) and RandomBuddy (B).
--
-- The drained servers have the last slots (p_drained of them): the new one comes
-- before them, unless it is drained itself.
-- REQUIRES a transaction that has locked the pool's row.
CREATE OR REPLACE PROCEDURE RingLink(
  IN p_pool_id INT UNSIGNED,
  IN p_size INT UNSIGNED,
  IN p_drained INT UNSIGNED,
  IN p_server VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_address VARCHAR(45) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_replace_port SMALLINT UNSIGNED,
  IN p_incarnation BIGINT UNSIGNED,
  IN p_epoch BIGINT UNSIGNED,
  IN p_zone VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_is_drained BOOLEAN,
  IN p_random_server VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_random_buddy VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin
)
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
BEGIN
  DECLARE v_slot INT UNSIGNED DEFAULT p_size + 1;

  IF p_size = 1 THEN
    UPDATE server SET buddy_a = p_server, buddy_b = p_server, epoch = epoch + 1
      WHERE pool_id = p_pool_id AND name = p_random_server;
  ELSEIF p_size > 1 THEN
    -- Assignments run from left to right: buddy_a is set while buddy_b is still
    -- what it was.
    UPDATE server
      SET buddy_a = IF(buddy_b IN (p_random_server, p_random_buddy), buddy_a, p_server),
          buddy_b = IF(buddy_b IN (p_random_server, p_random_buddy), p_server, buddy_b),
          epoch = epoch + 1
      WHERE pool_id = p_pool_id AND name IN (p_random_server, p_random_buddy)
        AND IF(name = p_random_server, p_random_buddy, p_random_server) IN (buddy_a, buddy_b);
    IF ROW_COUNT() <> 2 THEN
      SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 32004,
        MESSAGE_TEXT = 'the ring is broken, so nothing was changed; see: buddyctl verify';
    END IF;
  END IF;
  IF p_drained > 0 AND NOT p_is_drained THEN
    SET v_slot = p_size - p_drained + 1;
    UPDATE server SET slot = p_size + 1 WHERE pool_id = p_pool_id AND slot = v_slot;
  END IF;
  INSERT INTO server (pool_id, slot, name, address, replace_port, incarnation, epoch, buddy_a, buddy_b, zone)
    VALUES (p_pool_id, v_slot, p_server, p_address, p_replace_port, p_incarnation, p_epoch,
            p_random_server, p_random_buddy, p_zone);
  UPDATE pool SET size = size + 1, drained = drained + p_is_drained, version = version + 1, newest = p_server
    WHERE pool_id = p_pool_id;
END
