-- SPDX-License-Identifier: Apache-2.0
-- RefuseAddress: refuses an address that is there under another name (p_holder, or NULL), or is of
-- another family than the pool's (p_sample). Part of ServerAnnounceBeside.
CREATE OR REPLACE PROCEDURE RefuseAddress(
  IN p_address VARCHAR(45) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_holder VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_sample VARCHAR(45) CHARACTER SET ascii COLLATE ascii_bin
)
  NO SQL
  SQL SECURITY DEFINER
BEGIN
  DECLARE v_message VARCHAR(255) CHARACTER SET utf8mb4
    DEFAULT IF(p_holder IS NULL,
               CONCAT('this pool''s servers have ', IF(p_sample LIKE '%:%', 'IPv6', 'IPv4'),
                      ' addresses; give this one such an address, or another pool'),
               CONCAT('address ', p_address, ' is taken; to free it: buddyctl remove ', p_holder));

  SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 32001, MESSAGE_TEXT = v_message;
END
