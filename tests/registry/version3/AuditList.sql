-- SPDX-License-Identifier: Apache-2.0
-- AuditList: the latest entries of a pool, or of one of its servers when
-- p_server is not '', newest first.
CREATE OR REPLACE PROCEDURE AuditList(
  IN p_pool VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_server VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_limit INT UNSIGNED
)
  READS SQL DATA
  SQL SECURITY DEFINER
BEGIN
  SELECT id, at, event, server, address, incarnation, accuser, reason, last_answer_ns, verdict_ns, misses, detail,
         witness, word, account
    FROM audit
    WHERE pool = p_pool AND (p_server = '' OR server = p_server)
    ORDER BY id DESC
    LIMIT p_limit;
END
