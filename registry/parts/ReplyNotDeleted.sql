-- SPDX-License-Identifier: Apache-2.0
-- ReplyNotDeleted: undoes what was done, says why nobody is deleted (@outcome), and an accuser's own row, and is
-- the end. Part of ServerDelete.
ROLLBACK;
SELECT @outcome AS outcome;
IF p_reason <> 'removed' AND p_accuser <> p_server THEN
  CALL ServerRow(p_pool, p_accuser);
  COMMIT; -- of a session that does not commit by itself
END IF;
LEAVE deletion;
