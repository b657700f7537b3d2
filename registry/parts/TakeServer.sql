-- SPDX-License-Identifier: Apache-2.0
-- TakeServer: counts p_server out of the pool, which locks the pool's row before anything else is looked at, and
-- deletes its row if that is of the incarnation asked for: ROW_COUNT() is 1 then. Keeps what the two rows were, and
-- which slot becomes free in the end (@last). Part of ServerDelete, which takes it back where nobody is deleted.
--
-- The last of the DELETE's conditions is always met: it is there for what it keeps, and a sum of lengths because
-- incarnations may be too high for one of numbers. The version rises once for a run.
UPDATE pool
  SET version = version + (p_incarnation IS NOT NULL)
                + 0 * ((@pool := pool_id) + (@a_epoch := 0) + (@b_epoch := 0) + (@moved := 0)),
      size = GREATEST(@size := size, 1) - 1, drained = (@drained := drained), newest = (@newest := newest)
  WHERE name = p_pool;
DELETE FROM server
  WHERE pool_id = @pool AND name = p_server AND ROW_COUNT() > 0 AND COALESCE(p_incarnation, 0) IN (0, incarnation)
    AND LENGTH(@slot := slot) + LENGTH(@last := @size - IF(slot > @size - @drained, 0, @drained))
        + LENGTH(@address := address) + LENGTH(@life := incarnation) + LENGTH(@epoch := epoch)
        + LENGTH(COALESCE(@a := buddy_a, '')) + LENGTH(COALESCE(@b := buddy_b, '')) > 0;
