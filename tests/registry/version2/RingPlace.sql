-- SPDX-License-Identifier: Apache-2.0
-- RingPlace: chooses where a new server of zone p_zone comes into the ring:
-- beside p_beside, between it and p_next: its buddy A (itself when it is alone), or B
-- where that is in another zone and A is not. RingInsert takes the same.
--
-- The best place has both ends in other zones than the new server's, so that
-- what takes a zone down leaves its servers' buddies to judge them. All places
-- are looked at in a pool of up to 16, 16 random ones in a larger; of equally
-- good ones the first drawn is taken. A server without a zone counts as in
-- another zone than everybody: without zones each place is as likely as any other.
-- REQUIRES p_size > 0, and a transaction in which the pool does not change.
CREATE PROCEDURE RingPlace(
  IN p_pool_id INT UNSIGNED,
  IN p_size INT UNSIGNED,
  IN p_zone VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  OUT p_beside VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  OUT p_next VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin
)
  READS SQL DATA
  SQL SECURITY DEFINER
BEGIN
  DECLARE v_drawn INT UNSIGNED DEFAULT 0;
  DECLARE v_slot INT UNSIGNED DEFAULT CAST(FLOOR(RAND() * p_size) AS UNSIGNED) + 1;
  DECLARE v_best INT DEFAULT -1;
  DECLARE v_score INT;
  DECLARE v_beside VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_next VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin;

  WHILE v_drawn < LEAST(p_size, 16) AND v_best < 2 DO
    SET v_score = -1;
    SELECT near.name, far.name,
           (p_zone = '' OR near.zone <> p_zone) + (p_zone = '' OR far.zone <> p_zone)
      INTO v_beside, v_next, v_score
      FROM server near
      LEFT JOIN server a ON a.pool_id = near.pool_id AND a.name = near.buddy_a
      LEFT JOIN server b ON b.pool_id = near.pool_id AND b.name = near.buddy_b
      JOIN server far ON far.pool_id = near.pool_id
                      AND far.name = IF(p_zone <> '' AND a.zone = p_zone AND b.zone <> p_zone, near.buddy_b,
                                        COALESCE(near.buddy_a, near.name))
      WHERE near.pool_id = p_pool_id AND near.slot = v_slot;
    IF v_score > v_best THEN
      SET v_best = v_score, p_beside = v_beside, p_next = v_next;
    END IF;
    SET v_drawn = v_drawn + 1;
    SET v_slot = IF(p_size <= 16, MOD(v_slot, p_size), CAST(FLOOR(RAND() * p_size) AS UNSIGNED)) + 1;
  END WHILE;
  IF v_best < 0 THEN
    SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 32004,
      MESSAGE_TEXT = 'the ring is broken, so nothing was changed; see: buddyctl verify';
  END IF;
END
