-- SPDX-License-Identifier: Apache-2.0
-- RenewServer: a server that is in the table announces itself anew. It keeps its
-- place and gets a new incarnation, which its buddies must learn, so their
-- epochs rise too. Under another address it is refused. It has been counted already. Part of ServerAnnounceBeside.
-- REQUIRES CountServer, in a transaction.
IF @address <> p_address THEN
  CALL RefuseName(p_server, @address);
END IF;
UPDATE pool SET size = @size, newest = @newest WHERE pool_id = @pool;
UPDATE server
  SET incarnation = @life, replace_port = p_replace_port, zone = p_zone, epoch = @epoch,
      announced_at = CURRENT_TIMESTAMP(6)
  WHERE pool_id = @pool AND name = p_server;
SELECT a.name, a.address, a.replace_port, a.incarnation, a.epoch + 1,
       b.name, b.address, b.replace_port, b.incarnation, b.epoch + 1
  INTO @a, @a_address, @a_port, @a_life, @a_epoch, @b, @b_address, @b_port, @b_life, @b_epoch
  FROM server own
  LEFT JOIN server a ON a.pool_id = own.pool_id AND a.name = own.buddy_a
  LEFT JOIN server b ON b.pool_id = own.pool_id AND b.name = own.buddy_b
  WHERE own.pool_id = @pool AND own.name = p_server;
UPDATE server SET epoch = epoch + 1 WHERE pool_id = @pool AND name IN (@a, @b);
