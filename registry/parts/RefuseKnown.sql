-- SPDX-License-Identifier: Apache-2.0
-- RefuseKnown: when a key is taken, which is p_server's name as a rule: undoes all, and refuses a name that is there
-- under another address. Part of ServerAnnounceBeside.
SELECT address INTO @address FROM server WHERE pool_id = @pool AND name = p_server;
ROLLBACK;
IF @address <> p_address THEN
  CALL RefuseName(p_server, @address);
END IF;
