-- SPDX-License-Identifier: Apache-2.0
-- ReplyAnnounced: ends the transaction and says what it wrote, as one row, because each set and
-- each row costs about as much as one of the changes that it tells of. A session that does
-- not say that it reads such a row gets row sets, as version 2 had it; they are read from the
-- tables, so inside the transaction. Part of ServerAnnounceBeside.
IF @buddyring_version >= 3 THEN
  COMMIT;
  SELECT IF(v_now.address IS NULL, 'announced', 'rejoined') AS outcome,
         v_now.incarnation AS self_incarnation, v_now.epoch AS self_epoch,
         v_ends.a_name AS buddy_a_name, v_ends.a_address AS buddy_a_address,
         v_ends.a_replace_port AS buddy_a_replace_port, v_ends.a_incarnation AS buddy_a_incarnation,
         v_ends.a_epoch AS buddy_a_epoch,
         v_ends.b_name AS buddy_b_name, v_ends.b_address AS buddy_b_address,
         v_ends.b_replace_port AS buddy_b_replace_port, v_ends.b_incarnation AS buddy_b_incarnation,
         v_ends.b_epoch AS buddy_b_epoch, v_now.size + (v_now.address IS NULL) AS ring_servers;
ELSE
  SELECT IF(v_now.address IS NULL, 'announced', 'rejoined') AS outcome;
  CALL OwnRowSet(v_now.pool_id, p_server);
  COMMIT;
END IF;
