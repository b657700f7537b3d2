-- SPDX-License-Identifier: Apache-2.0
-- DecideVerdict: whether a verdict is carried out, and if not why not. It locks the pool's row before anything else
-- is read. Part of ServerDelete.
SELECT pool.pool_id, pool.paused_until > CURRENT_TIMESTAMP(6), own.incarnation, own.buddy_a, own.buddy_b,
       accuser.name
  INTO @pool, @paused, @life, @a, @b, @accuser
  FROM pool
  LEFT JOIN server own ON own.pool_id = pool.pool_id AND own.name = p_server
  LEFT JOIN server accuser ON accuser.pool_id = pool.pool_id AND accuser.name = p_accuser
  WHERE pool.name = p_pool
  FOR UPDATE;
SET @outcome = CASE
  WHEN ROW_COUNT() = 0 OR @life IS NULL THEN 'already'
  WHEN p_incarnation <> @life THEN 'superseded'
  WHEN COALESCE(@accuser NOT IN (@a, @b), TRUE) THEN 'not_buddy'
  WHEN @paused THEN IF(@buddyring_version >= 4, 'paused', 'capped')
  ELSE 'deleted'
END;
IF @outcome = 'deleted' THEN
  CALL CheckRun(p_pool, @pool, p_server, p_accuser, p_run, p_witness, p_word, @outcome);
END IF;
