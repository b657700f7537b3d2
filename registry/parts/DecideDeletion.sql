-- SPDX-License-Identifier: Apache-2.0
-- DecideDeletion: whether to delete, and if not why not. Part of ServerDelete.
SET v_outcome = CASE
  WHEN v_now.incarnation IS NULL THEN 'already'
  WHEN p_incarnation NOT IN (0, v_now.incarnation) THEN 'superseded'
  ELSE 'deleted'
END;
IF p_reason = 'dead' AND v_outcome = 'deleted' THEN
  IF COALESCE(p_accuser NOT IN (v_now.a_name, v_now.b_name), TRUE) THEN
    SET v_outcome = 'not_buddy';
  ELSEIF v_now.paused THEN
    SET v_outcome = IF(COALESCE(@buddyring_version, 2) < 4, 'capped', 'paused');
  ELSE
    CALL CheckRun(p_pool, v_now.pool_id, p_server, p_accuser, p_run, p_witness, p_word, v_outcome);
  END IF;
END IF;
