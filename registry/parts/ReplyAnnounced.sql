-- SPDX-License-Identifier: Apache-2.0
-- ReplyAnnounced: says what an announcement wrote, as one row, because each set and each row costs about as much as one
-- of the changes that it tells of. Part of ServerAnnounceBeside.
SELECT @outcome AS outcome, @life AS self_incarnation, @epoch AS self_epoch,
       @a AS buddy_a_name, @a_address AS buddy_a_address, @a_port AS buddy_a_replace_port,
       @a_life AS buddy_a_incarnation, @a_epoch AS buddy_a_epoch,
       @b AS buddy_b_name, @b_address AS buddy_b_address, @b_port AS buddy_b_replace_port,
       @b_life AS buddy_b_incarnation, @b_epoch AS buddy_b_epoch,
       @size + (@outcome = 'announced') AS ring_servers;
