-- SPDX-License-Identifier: Apache-2.0
-- BeginServer: begins anew for a name or a pool that is not known yet, when it is. The pool's row is locked first.
-- What a name reaches is its row's to say while it has one, and is kept when that goes. Part of ServerAnnounceBeside.
ROLLBACK;
SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
START TRANSACTION;
SELECT pool_id INTO @pool FROM pool WHERE name = p_pool FOR UPDATE;
IF ROW_COUNT() = 0 THEN
  -- Somebody else may make it at the same time.
  INSERT INTO pool (name) VALUES (p_pool) ON DUPLICATE KEY UPDATE size = size;
  SELECT pool_id INTO @pool FROM pool WHERE name = p_pool;
END IF;
INSERT INTO server_incarnation (pool_id, name, incarnation) VALUES (@pool, p_server, 0)
  ON DUPLICATE KEY UPDATE incarnation = server_incarnation.incarnation;
