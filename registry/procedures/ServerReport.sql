-- SPDX-License-Identifier: Apache-2.0
-- ServerReport: what a server tells of its round trips, for those who look at the pool: each
-- class is the power of two, in microseconds, that they stay below; 0 where none is known.
-- Outcome 'reported', or 'unknown': the table has no such server in this incarnation.
--
-- Of the ring's rows it reads a snapshot and locks none, nor does the ring touch `report`, so
-- neither waits for the other. A deleted server's report stays therefore until another's report
-- comes by: each looks at the one that follows it by name, around the pool.
CREATE OR REPLACE PROCEDURE ServerReport(
  IN p_pool VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_server VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_incarnation BIGINT UNSIGNED,
  IN p_buddy_a VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_class_a INT UNSIGNED,
  IN p_buddy_b VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_class_b INT UNSIGNED
)
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
reports: BEGIN
  DECLARE v_pool_id INT UNSIGNED;
  DECLARE v_next, v_gone VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin;

  IF NOT COALESCE(p_class_a <= 40 AND p_class_b <= 40, FALSE)
     OR COALESCE(CONCAT(p_buddy_a, p_buddy_b), '!') REGEXP '[^A-Za-z0-9._-]' THEN
    SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 32003,
      MESSAGE_TEXT = 'a report needs two names of buddies, or '''', and two classes from 0 to 40';
  END IF;
  SELECT server.pool_id INTO v_pool_id
    FROM pool
    JOIN server ON server.pool_id = pool.pool_id AND server.name = p_server
    WHERE pool.name = p_pool AND server.incarnation = p_incarnation;
  IF v_pool_id IS NULL THEN
    SELECT 'unknown' AS outcome;
    LEAVE reports;
  END IF;

  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  INSERT INTO report (pool_id, name, incarnation, buddy_a, class_a, buddy_b, class_b)
    VALUES (v_pool_id, p_server, p_incarnation, p_buddy_a, p_class_a, p_buddy_b, p_class_b)
    ON DUPLICATE KEY UPDATE incarnation = p_incarnation, buddy_a = p_buddy_a, class_a = p_class_a,
                            buddy_b = p_buddy_b, class_b = p_class_b;

  SET v_next = COALESCE((SELECT MIN(name) FROM report WHERE pool_id = v_pool_id AND name > p_server),
                        (SELECT MIN(name) FROM report WHERE pool_id = v_pool_id));
  SELECT report.name INTO v_gone
    FROM report
    LEFT JOIN server ON server.pool_id = report.pool_id AND server.name = report.name
    WHERE report.pool_id = v_pool_id AND report.name = v_next AND server.name IS NULL;
  IF v_gone IS NOT NULL THEN
    SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
    DELETE FROM report WHERE pool_id = v_pool_id AND name = v_gone;
  END IF;
  SELECT 'reported' AS outcome;
END
