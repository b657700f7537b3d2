-- SPDX-License-Identifier: Apache-2.0
-- VerifyWalk: walks from the server in the first slot from buddy to buddy, leaving
-- each by the buddy that it was not entered from, until a server is met again
-- or there is nowhere to go. Part of ServerVerify, which has made the table
-- verify_visited.
CREATE OR REPLACE PROCEDURE VerifyWalk(
  IN p_pool_id INT UNSIGNED,
  OUT p_start VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  OUT p_steps INT UNSIGNED,
  OUT p_closed BOOLEAN
)
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
BEGIN
  DECLARE v_current VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_previous VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin;

  SET p_steps = 0;
  SELECT name INTO v_current FROM server WHERE pool_id = p_pool_id ORDER BY slot LIMIT 1;
  SET p_start = v_current;
  walk: WHILE v_current IS NOT NULL DO
    INSERT IGNORE INTO verify_visited (name) VALUES (v_current);
    IF ROW_COUNT() = 0 THEN
      LEAVE walk;
    END IF;
    SET p_steps = p_steps + 1;
    CALL RingStep(p_pool_id, v_previous, v_current);
  END WHILE walk;
  SET p_closed = v_current <=> p_start;
END
