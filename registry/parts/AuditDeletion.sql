-- SPDX-License-Identifier: Apache-2.0
-- AuditDeletion: who deleted p_server, and why. Part of ServerDelete.
INSERT INTO audit (pool, event, server, address, incarnation, accuser, reason,
                   last_answer_ns, verdict_ns, misses, detail, witness, word, account)
  VALUES (p_pool, 'deleted', p_server, @address, @life, p_accuser, p_reason,
          p_last_answer_ns, p_verdict_ns, p_misses, LEFT(p_detail, 255),
          IF(p_reason = 'dead', NULLIF(p_witness, ''), NULL), IF(p_reason = 'dead', p_word, NULL),
          IF(p_reason = 'removed', LEFT(SESSION_USER(), 255), NULL));
