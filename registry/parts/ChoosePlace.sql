-- SPDX-License-Identifier: Apache-2.0
-- ChoosePlace: between which two a new server comes where its zone or the caller has a say: p_beside and @b. Refuses a
-- server whose address is taken, or of another family than the pool's: those two could not probe each other, and all of
-- a pool are of one family, so anybody of it tells which. Makes room before the drained servers, which have the last
-- slots, unless it is drained itself. Part of ServerAnnounceBeside.
-- REQUIRES ReadPlace, in a transaction.
IF (p_zone <> '' OR p_beside <> '') AND @size > 0 THEN
  CALL RingPlace(@pool, @size, p_zone, p_beside, @b);
  SELECT name, address, replace_port, incarnation, epoch + 1 INTO @a, @a_address, @a_port, @a_life, @a_epoch
    FROM server WHERE pool_id = @pool AND name = p_beside;
END IF;
IF @holder IS NOT NULL OR (@a_address LIKE '%:%') <> (p_address LIKE '%:%') THEN
  CALL RefuseAddress(p_address, @holder, @a_address);
END IF;
IF @is_drained THEN
  UPDATE pool SET drained = drained + 1 WHERE pool_id = @pool;
ELSEIF @drained > 0 THEN
  UPDATE server SET slot = @size + 1 WHERE pool_id = @pool AND slot = @size - @drained + 1;
END IF;
