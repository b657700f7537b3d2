-- SPDX-License-Identifier: Apache-2.0
-- ReplyDeleted: says what a deletion wrote, as one row. After a run the last server's buddies are the accuser and the
-- one beyond the run; whoever is alone from then on is both. Part of ServerDelete.
SELECT 'deleted' AS outcome,
       @a AS deleted_a_name, @a_address AS deleted_a_address, @a_port AS deleted_a_replace_port,
       @a_life AS deleted_a_incarnation, @a_epoch AS deleted_a_epoch,
       @b AS deleted_b_name, @b_address AS deleted_b_address, @b_port AS deleted_b_replace_port,
       @b_life AS deleted_b_incarnation, @b_epoch AS deleted_b_epoch, @size - 1 AS ring_servers;
