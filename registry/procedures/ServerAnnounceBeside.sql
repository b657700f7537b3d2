-- SPDX-License-Identifier: Apache-2.0
-- ServerAnnounceBeside: puts a server into the ring beside the server p_beside, or where
-- ChoosePlace says when p_beside is ''. A server that is in the table under the same address
-- rejoins where it is.
--
-- READ COMMITTED, here and wherever the pool's row is locked: what is read after the lock
-- is what whoever held it before left, and a look for a row that is not there locks no
-- gap, in which other pools have theirs.
--
-- What a call costs is its statements, and less so its rows: so this is one procedure made of
-- parts, reads at once what is found by key, and tells what it knows instead of reading it again.
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
  DECLARE v_now ROW (pool_id INT UNSIGNED, size INT UNSIGNED, drained INT UNSIGNED, slot INT UNSIGNED,
                     incarnation BIGINT UNSIGNED, epoch BIGINT UNSIGNED, is_drained BOOLEAN,
                     address VARCHAR(45) COLLATE ascii_bin, next VARCHAR(63) COLLATE ascii_bin);
  DECLARE v_ends ROW (holder VARCHAR(63) COLLATE ascii_bin,
                      a_name VARCHAR(63) COLLATE ascii_bin, a_address VARCHAR(45) COLLATE ascii_bin,
                      a_replace_port SMALLINT UNSIGNED, a_incarnation BIGINT UNSIGNED, a_epoch BIGINT UNSIGNED,
                      b_name VARCHAR(63) COLLATE ascii_bin, b_address VARCHAR(45) COLLATE ascii_bin,
                      b_replace_port SMALLINT UNSIGNED, b_incarnation BIGINT UNSIGNED, b_epoch BIGINT UNSIGNED);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    ROLLBACK;
    RESIGNAL;
  END;

  INCLUDE CheckServer;
  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  INCLUDE ReadPool;
  IF v_now.pool_id IS NULL THEN
    INSERT INTO pool (name) VALUES (p_pool) ON DUPLICATE KEY UPDATE size = size;
    INCLUDE ReadPool;
  END IF;
  IF v_now.is_drained IS NULL THEN
    -- What a known name reaches is its row's to say while it has one, and is kept when that goes.
    INSERT INTO server_incarnation (pool_id, name, incarnation) VALUES (v_now.pool_id, p_server, v_now.incarnation);
    SET v_now.is_drained = FALSE;
  END IF;
  IF v_now.address IS NULL THEN
    INCLUDE ChoosePlace;
    INCLUDE LinkServer;
  ELSE
    INCLUDE RenewServer;
  END IF;
  INSERT INTO audit (pool, event, server, address, incarnation)
    VALUES (p_pool, IF(v_now.address IS NULL, 'announced', 'rejoined'), p_server, p_address, v_now.incarnation);
  INCLUDE ReplyAnnounced;
END
