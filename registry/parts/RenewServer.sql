-- SPDX-License-Identifier: Apache-2.0
-- RenewServer: a server that is in the table announces itself anew. It keeps its
-- place and gets a new incarnation, which its buddies must learn, so their
-- epochs rise too. Under another address it is refused. Part of ServerAnnounceBeside.
-- REQUIRES a transaction that has locked the pool's row.
IF v_now.address <> p_address THEN
  CALL RefuseName(p_server, v_now.address);
END IF;
UPDATE server
  SET incarnation = v_now.incarnation, replace_port = p_replace_port, zone = p_zone, epoch = v_now.epoch,
      announced_at = CURRENT_TIMESTAMP(6)
  WHERE pool_id = v_now.pool_id AND name = p_server;
SELECT NULL, a.name, a.address, a.replace_port, a.incarnation, a.epoch + 1,
       b.name, b.address, b.replace_port, b.incarnation, b.epoch + 1
  INTO v_ends
  FROM server own
  LEFT JOIN server a ON a.pool_id = own.pool_id AND a.name = own.buddy_a
  LEFT JOIN server b ON b.pool_id = own.pool_id AND b.name = own.buddy_b
  WHERE own.pool_id = v_now.pool_id AND own.name = p_server;
UPDATE server SET epoch = epoch + 1 WHERE pool_id = v_now.pool_id AND name IN (v_ends.a_name, v_ends.b_name);
UPDATE pool SET version = version + 1 WHERE pool_id = v_now.pool_id;
