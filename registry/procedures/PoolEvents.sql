-- SPDX-License-Identifier: Apache-2.0
-- PoolEvents: the latest entries of a pool, newest first, for those who show them: without
-- why an operator did something and on which account, which is AuditList's to tell.
--
-- It looks at the latest 10,000 entries of all pools and no further, so that it costs the
-- same however long the audit is and however quiet the pool.
CREATE OR REPLACE PROCEDURE PoolEvents(
  IN p_pool VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_limit INT UNSIGNED
)
  READS SQL DATA
  SQL SECURITY DEFINER
BEGIN
  DECLARE newest BIGINT UNSIGNED DEFAULT (SELECT COALESCE(MAX(id), 0) FROM audit);

  SELECT id, at, event, server, address, incarnation, accuser, reason, last_answer_ns, verdict_ns, misses,
         NULL AS detail, witness, word, NULL AS account
    FROM audit FORCE INDEX (PRIMARY)
    WHERE id > IF(newest > 10000, newest - 10000, 0) AND pool = p_pool
    ORDER BY id DESC
    LIMIT p_limit;
END
