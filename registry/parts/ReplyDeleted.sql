-- SPDX-License-Identifier: Apache-2.0
-- ReplyDeleted: ends the transaction and says what it wrote: one row, or version 2's row sets, as in
-- ReplyAnnounced. After a run the last server's buddies are the accuser and the one beyond the run; whoever
-- is alone from then on is both. Then, inside the transaction, the own row of an accuser who may have one: no
-- operator has. Part of ServerDelete.
IF (p_reason <> 'removed' AND p_accuser <> p_server) IS NOT TRUE THEN
  COMMIT;
END IF;
IF v_outcome = 'deleted' AND @buddyring_version >= 3 THEN
  SELECT v_outcome AS outcome,
         v_now.a_name AS deleted_a_name, v_now.a_address AS deleted_a_address,
         v_now.a_replace_port AS deleted_a_replace_port, v_now.a_incarnation AS deleted_a_incarnation,
         v_now.a_epoch AS deleted_a_epoch,
         v_now.b_name AS deleted_b_name, v_now.b_address AS deleted_b_address,
         v_now.b_replace_port AS deleted_b_replace_port, v_now.b_incarnation AS deleted_b_incarnation,
         v_now.b_epoch AS deleted_b_epoch, v_now.size - 1 AS ring_servers;
ELSE
  SELECT v_outcome AS outcome;
  IF v_outcome = 'deleted' AND v_now.a_name IS NOT NULL THEN
    SELECT 'deleted_a' AS role, v_now.a_name AS name, v_now.a_address AS address,
           v_now.a_replace_port AS replace_port, v_now.a_incarnation AS incarnation, v_now.a_epoch AS epoch
    UNION ALL
    SELECT 'deleted_b', v_now.b_name, v_now.b_address, v_now.b_replace_port, v_now.b_incarnation, v_now.b_epoch;
  END IF;
END IF;
IF p_reason <> 'removed' AND p_accuser <> p_server THEN
  CALL OwnRowSet(v_now.pool_id, p_accuser);
  COMMIT;
END IF;
