-- SPDX-License-Identifier: Apache-2.0
-- ReplyDeletedSets: what ReplyDeleted says, as the row sets of version 2. Part of ServerDelete.
SELECT 'deleted' AS outcome;
IF @a IS NOT NULL THEN
  SELECT 'deleted_a' AS role, @a AS name, @a_address AS address, @a_port AS replace_port, @a_life AS incarnation,
         @a_epoch AS epoch
  UNION ALL
  SELECT 'deleted_b', @b, @b_address, @b_port, @b_life, @b_epoch;
END IF;
