-- SPDX-License-Identifier: Apache-2.0
-- BuddiesReplace: replaces a buddy in the entries of two servers, p_one and p_other:
-- buddy B if that is the one to replace, else A. A receiver of ServerReplace does
-- the same to its list. One statement for both, because statements are what a change
-- of the ring costs.
-- REQUIRES a transaction that has locked the pool's row.
CREATE OR REPLACE PROCEDURE BuddiesReplace(
  IN p_pool_id INT UNSIGNED,
  IN p_one VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_ones_old VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_ones_new VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_other VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_others_old VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_others_new VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin
)
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
BEGIN
  -- Assignments run from left to right: buddy_a is set while buddy_b is still
  -- what it was.
  UPDATE server
    SET buddy_a = IF(buddy_b = IF(name = p_one, p_ones_old, p_others_old), buddy_a,
                     IF(name = p_one, p_ones_new, p_others_new)),
        buddy_b = IF(buddy_b = IF(name = p_one, p_ones_old, p_others_old), IF(name = p_one, p_ones_new, p_others_new),
                     buddy_b),
        epoch = epoch + 1
    WHERE pool_id = p_pool_id AND name IN (p_one, p_other)
      AND IF(name = p_one, p_ones_old, p_others_old) IN (buddy_a, buddy_b);
  IF ROW_COUNT() <> 2 THEN
    SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 32004,
      MESSAGE_TEXT = 'the ring is broken, so nothing was changed; see: buddyctl verify';
  END IF;
END
