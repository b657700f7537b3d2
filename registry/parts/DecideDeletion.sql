-- SPDX-License-Identifier: Apache-2.0
-- DecideDeletion: whether to delete, and if not why not. Part of ServerDelete.
SET v_outcome = CASE
  WHEN v_now.incarnation IS NULL THEN 'already'
  WHEN p_incarnation NOT IN (0, v_now.incarnation) THEN 'superseded'
  WHEN p_reason <> 'dead' THEN 'deleted'
  WHEN COALESCE(p_accuser NOT IN (v_now.a_name, v_now.b_name), TRUE) THEN 'not_buddy'
  WHEN v_now.paused THEN IF(@buddyring_version >= 4, 'paused', 'capped')
  ELSE 'deleted'
END;
IF v_outcome = 'deleted' AND p_reason = 'dead' THEN
  CALL CheckRun(p_pool, v_now.pool_id, p_server, p_accuser, p_run, p_witness, p_word, v_outcome);
END IF;
