-- SPDX-License-Identifier: Apache-2.0
-- ServerPick: a random live server for a client. See ServerPickExcept, which does it.
CREATE OR REPLACE PROCEDURE ServerPick(IN p_pool VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin)
  READS SQL DATA
  SQL SECURITY DEFINER
BEGIN
  CALL ServerPickExcept(p_pool, '');
END
