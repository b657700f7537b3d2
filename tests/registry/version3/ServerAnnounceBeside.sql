-- SPDX-License-Identifier: Apache-2.0
-- ServerAnnounceBeside: puts a server into the ring beside the server p_beside, or where
-- RingPlace chooses when p_beside is ''. A server that is in the table under the same address
-- rejoins where it is. RingAnnounce does it.
--
-- The reply is one row, because each set and each row costs about as much as one of the
-- changes that it tells of; a session that does not say that it reads such a row gets row
-- sets, as version 2 had it.
CREATE OR REPLACE PROCEDURE ServerAnnounceBeside(
  IN p_pool VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_server VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_address VARCHAR(45) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_replace_port SMALLINT UNSIGNED,
  IN p_incarnation BIGINT UNSIGNED,
  IN p_zone VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_beside VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin
)
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
BEGIN
  DECLARE v_pool_id INT UNSIGNED;
  DECLARE v_outcome VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    ROLLBACK;
    RESIGNAL;
  END;

  CALL RingAnnounce(p_pool, p_server, p_address, p_replace_port, p_incarnation, p_zone, p_beside,
                    v_pool_id, v_outcome);
  IF @buddyring_version >= 3 THEN
    SELECT v_outcome AS outcome, own.incarnation AS self_incarnation, own.epoch AS self_epoch,
           a.name AS buddy_a_name, a.address AS buddy_a_address, a.replace_port AS buddy_a_replace_port,
           a.incarnation AS buddy_a_incarnation, a.epoch AS buddy_a_epoch,
           b.name AS buddy_b_name, b.address AS buddy_b_address, b.replace_port AS buddy_b_replace_port,
           b.incarnation AS buddy_b_incarnation, b.epoch AS buddy_b_epoch
      FROM server own
      LEFT JOIN server a ON a.pool_id = own.pool_id AND a.name = own.buddy_a
      LEFT JOIN server b ON b.pool_id = own.pool_id AND b.name = own.buddy_b
      WHERE own.pool_id = v_pool_id AND own.name = p_server;
  ELSE
    SELECT v_outcome AS outcome;
    CALL OwnRowSet(v_pool_id, p_server);
  END IF;
  COMMIT;
END
