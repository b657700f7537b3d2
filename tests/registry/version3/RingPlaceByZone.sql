-- SPDX-License-Identifier: Apache-2.0
-- RingPlaceByZone: the best of the places from p_slot on. Part of RingPlace, which
-- says what is best. p_next stays NULL when no place was found.
CREATE OR REPLACE PROCEDURE RingPlaceByZone(
  IN p_pool_id INT UNSIGNED,
  IN p_size INT UNSIGNED,
  IN p_zone VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_slot INT UNSIGNED,
  OUT p_beside VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  OUT p_next VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin
)
  READS SQL DATA
  SQL SECURITY DEFINER
BEGIN
  DECLARE v_drawn INT UNSIGNED DEFAULT 0;
  DECLARE v_slot INT UNSIGNED DEFAULT p_slot;
  DECLARE v_best INT DEFAULT -1;
  DECLARE v_score INT;
  DECLARE v_beside VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_next VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin;

  WHILE v_drawn < LEAST(p_size, 16) AND v_best < 2 DO
    SET v_score = -1;
    SELECT near.name, far.name, (near.zone <> p_zone) + (far.zone <> p_zone) INTO v_beside, v_next, v_score
      FROM server near
      LEFT JOIN server a ON a.pool_id = near.pool_id AND a.name = near.buddy_a
      LEFT JOIN server b ON b.pool_id = near.pool_id AND b.name = near.buddy_b
      JOIN server far ON far.pool_id = near.pool_id
                      AND far.name = IF(a.zone = p_zone AND b.zone <> p_zone, near.buddy_b,
                                        COALESCE(near.buddy_a, near.name))
      WHERE near.pool_id = p_pool_id AND near.slot = v_slot;
    IF v_score > v_best THEN
      SET v_best = v_score, p_beside = v_beside, p_next = v_next;
    END IF;
    SET v_drawn = v_drawn + 1;
    SET v_slot = IF(p_size <= 16, MOD(v_slot, p_size), CAST(FLOOR(RAND() * p_size) AS UNSIGNED)) + 1;
  END WHILE;
END
