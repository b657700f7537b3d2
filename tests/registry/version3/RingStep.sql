-- SPDX-License-Identifier: Apache-2.0
-- RingStep: one step along the ring. From p_at it leads on by the buddy that is
-- not p_before; NULL when there is nowhere to go. Of a pool of two it leads back.
CREATE OR REPLACE PROCEDURE RingStep(
  IN p_pool_id INT UNSIGNED,
  INOUT p_before VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  INOUT p_at VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin
)
  READS SQL DATA
  SQL SECURITY DEFINER
BEGIN
  DECLARE v_next VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin;

  SELECT IF(buddy_a <=> p_before, buddy_b, buddy_a) INTO v_next
    FROM server WHERE pool_id = p_pool_id AND name = p_at;
  SET p_before = p_at;
  SET p_at = v_next;
END
