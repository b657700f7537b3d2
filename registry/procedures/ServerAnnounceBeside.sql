-- SPDX-License-Identifier: Apache-2.0
-- ServerAnnounceBeside: what ServerJoin does, for programs of version 2, which read the
-- reply in row sets.
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
  SELECT v_outcome AS outcome;
  CALL OwnRowSet(v_pool_id, p_server);
  COMMIT;
END
