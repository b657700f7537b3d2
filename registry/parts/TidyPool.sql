-- SPDX-License-Identifier: Apache-2.0
-- TidyPool: refuses a deletion whose buddies did not have p_server as they should, and sees to all that UnlinkServer
-- does not. Whose both buddies it was is alone from now on. Slots stay without a gap: where the last server has not
-- moved into that of p_server, it does. Where this one was not drained and others are, the last that is not moves
-- there, and into its place the last of the drained. Part of ServerDelete.
-- REQUIRES UnlinkServer.
--
-- A pool of one may lose it, but not to a run: its accuser stays, and p_incarnation is NULL from its second server on.
IF ((@size = 1 AND p_incarnation IS NOT NULL)
    OR (@size > 1 AND @a_epoch > 0 AND IF(@size = 2, @a = @b, @b_epoch > 0))) IS NOT TRUE THEN
  SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 32004,
    MESSAGE_TEXT = 'the ring is broken, so nothing was changed; see: buddyctl verify';
END IF;
IF @size = 1 THEN
  SET @a = NULL, @a_address = NULL, @a_port = NULL, @a_life = NULL, @a_epoch = NULL;
END IF;
IF @size < 3 THEN
  SET @b = @a, @b_address = @a_address, @b_port = @a_port, @b_life = @a_life, @b_epoch = @a_epoch;
END IF;
IF @moved = 0 AND @slot <> @last THEN
  UPDATE server SET slot = @slot WHERE pool_id = @pool AND slot = @last LIMIT 1;
END IF;
IF @last <> @size THEN
  UPDATE server SET slot = @last WHERE pool_id = @pool AND slot = @size;
END IF;
IF @slot > @size - @drained THEN
  UPDATE pool SET drained = drained - 1 WHERE pool_id = @pool;
END IF;
