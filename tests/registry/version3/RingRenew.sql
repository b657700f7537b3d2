-- SPDX-License-Identifier: Apache-2.0
-- RingRenew: a server that is in the table announces itself anew. It keeps its
-- place and gets a new incarnation, which its buddies must learn, so their
-- epochs rise too. Part of ServerAnnounceBeside.
-- REQUIRES a transaction that has locked the pool's row.
CREATE OR REPLACE PROCEDURE RingRenew(
  IN p_pool_id INT UNSIGNED,
  IN p_server VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_replace_port SMALLINT UNSIGNED,
  IN p_incarnation BIGINT UNSIGNED,
  IN p_zone VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_buddy_a VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_buddy_b VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin
)
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
BEGIN
  UPDATE server
    SET incarnation = p_incarnation, replace_port = p_replace_port, zone = p_zone, epoch = epoch + 1,
        announced_at = CURRENT_TIMESTAMP(6)
    WHERE pool_id = p_pool_id AND name = p_server;
  UPDATE server SET epoch = epoch + 1 WHERE pool_id = p_pool_id AND name IN (p_buddy_a, p_buddy_b);
  UPDATE pool SET version = version + 1 WHERE pool_id = p_pool_id;
END
