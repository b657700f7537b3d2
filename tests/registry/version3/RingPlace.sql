-- SPDX-License-Identifier: Apache-2.0
-- RingPlace: where a new server of zone p_zone comes into the ring: beside p_beside,
-- between it and p_next, its buddy A (itself when it is alone), or B where that
-- is in another zone and A is not. A p_beside that is not '' was chosen by the caller.
--
-- The best place has both ends in other zones than the new server's, so that
-- what takes a zone down leaves its servers' buddies to judge them. All places
-- are looked at in a pool of up to 16, 16 random ones in a larger; of equally
-- good ones the first drawn is taken. A server without a zone counts as in
-- another zone than everybody: without zones each place is as likely as any other,
-- and one look is enough.
-- REQUIRES p_size > 0, and a transaction in which the pool does not change.
CREATE OR REPLACE PROCEDURE RingPlace(
  IN p_pool_id INT UNSIGNED,
  IN p_size INT UNSIGNED,
  IN p_zone VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  INOUT p_beside VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  OUT p_next VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin
)
  READS SQL DATA
  SQL SECURITY DEFINER
BEGIN
  DECLARE v_slot INT UNSIGNED DEFAULT CAST(FLOOR(RAND() * p_size) AS UNSIGNED) + 1;
  DECLARE v_beside VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin;

  IF p_beside <> '' THEN
    SELECT near.name, IF(p_zone <> '' AND a.zone = p_zone AND b.zone <> p_zone, near.buddy_b,
                         COALESCE(near.buddy_a, near.name)) INTO v_beside, p_next
      FROM server near
      LEFT JOIN server a ON a.pool_id = near.pool_id AND a.name = near.buddy_a
      LEFT JOIN server b ON b.pool_id = near.pool_id AND b.name = near.buddy_b
      WHERE near.pool_id = p_pool_id AND near.name = p_beside;
    IF v_beside IS NULL THEN
      SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 32002,
        MESSAGE_TEXT = 'the server to be announced beside is not in the pool; see: buddyctl ring, buddyctl verify';
    END IF;
  ELSEIF p_zone = '' THEN
    SELECT name, COALESCE(buddy_a, name) INTO p_beside, p_next
      FROM server WHERE pool_id = p_pool_id AND slot = v_slot;
  ELSE
    CALL RingPlaceByZone(p_pool_id, p_size, p_zone, v_slot, p_beside, p_next);
  END IF;
  IF p_next IS NULL THEN
    SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 32004,
      MESSAGE_TEXT = 'the ring is broken, so nothing was changed; see: buddyctl verify';
  END IF;
END
