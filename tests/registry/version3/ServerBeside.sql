-- SPDX-License-Identifier: Apache-2.0
-- ServerBeside: where ServerAnnounce would put a new server now, so that its
-- buddies can be told of it before it is in the table. It changes nothing and
-- promises nothing: ServerAnnounceBeside asks for the place.
CREATE OR REPLACE PROCEDURE ServerBeside(
  IN p_pool VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_server VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_zone VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin
)
  READS SQL DATA
  SQL SECURITY DEFINER
BEGIN
  DECLARE v_pool_id INT UNSIGNED;
  DECLARE v_size INT UNSIGNED DEFAULT 0;
  DECLARE v_found INT UNSIGNED;
  DECLARE v_beside VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin DEFAULT '';
  DECLARE v_next VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    ROLLBACK;
    RESIGNAL;
  END;

  SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;
  START TRANSACTION WITH CONSISTENT SNAPSHOT;
  SELECT pool_id, size INTO v_pool_id, v_size FROM pool WHERE name = p_pool;
  -- Not IF EXISTS (SELECT ...), which would lock what it reads, and read what is not of the snapshot.
  SELECT COUNT(*) INTO v_found FROM server WHERE pool_id = v_pool_id AND name = p_server;
  IF v_found > 0 THEN
    SELECT 'known' AS outcome;
  ELSEIF v_size = 0 THEN
    SELECT 'empty' AS outcome;
  ELSE
    CALL RingPlace(v_pool_id, v_size, p_zone, v_beside, v_next);
    SELECT COUNT(*) INTO v_found FROM server WHERE pool_id = v_pool_id AND name = v_next;
    IF v_found = 0 THEN
      SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 32004,
        MESSAGE_TEXT = 'the ring is broken, so there is no place in it; see: buddyctl verify';
    END IF;
    SELECT 'place' AS outcome;
    SELECT 'beside' AS role, name, address, replace_port, incarnation, epoch
      FROM server WHERE pool_id = v_pool_id AND name = v_beside
    UNION ALL
    SELECT 'next', name, address, replace_port, incarnation, epoch
      FROM server WHERE pool_id = v_pool_id AND name = v_next;
  END IF;
  COMMIT;
END
