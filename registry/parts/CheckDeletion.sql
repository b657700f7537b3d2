-- SPDX-License-Identifier: Apache-2.0
-- CheckDeletion: refuses what can be no deletion. Only verdicts get here, and what is refused. Part of ServerDelete.
IF p_incarnation IS NULL THEN
  SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 32003, MESSAGE_TEXT = 'the incarnation must be a number, 0 for any';
END IF;
IF p_reason IS NULL OR p_reason <> 'dead' THEN
  SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 32003, MESSAGE_TEXT = 'the reason must be dead, left or removed';
END IF;
IF p_word IS NULL OR p_word NOT IN ('concurs', 'abstains', 'closed', 'beyond') THEN
  SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 32003,
    MESSAGE_TEXT = 'the word on a dead server must be concurs, abstains, closed or beyond';
END IF;
-- Who accuses has seen a server in one of its lives.
IF p_incarnation = 0 THEN
  SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 32003, MESSAGE_TEXT = 'a verdict is on one incarnation, not on any';
END IF;
-- Seven besides the first: six commas.
IF p_run IS NULL OR LENGTH(p_run) - LENGTH(REPLACE(p_run, ',', '')) > 6 THEN
  SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 32003, MESSAGE_TEXT = 'a verdict is on one to eight servers';
END IF;
