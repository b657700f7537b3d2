-- SPDX-License-Identifier: Apache-2.0
-- BuddyReplace: replaces p_old by p_new in the entry of p_server: buddy B if that
-- is p_old, else A. A receiver of ServerReplace does the same to its list.
-- REQUIRES a transaction that has locked the pool's row.
CREATE PROCEDURE BuddyReplace(
  IN p_pool_id INT UNSIGNED,
  IN p_server VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_old VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_new VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin
)
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
BEGIN
  -- Assignments run from left to right: buddy_a is set while buddy_b is still
  -- what it was.
  UPDATE server
    SET buddy_a = IF(buddy_b = p_old, buddy_a, p_new),
        buddy_b = IF(buddy_b = p_old, p_new, buddy_b),
        epoch = epoch + 1
    WHERE pool_id = p_pool_id AND name = p_server AND (buddy_a = p_old OR buddy_b = p_old);
  IF ROW_COUNT() <> 1 THEN
    SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 32004,
      MESSAGE_TEXT = 'the ring is broken, so nothing was changed; see: buddyctl verify';
  END IF;
END
