-- SPDX-License-Identifier: Apache-2.0
-- AuditAnnounced: that p_server was announced, or rejoined. Part of ServerAnnounceBeside.
INSERT INTO audit (pool, event, server, address, incarnation) VALUES (p_pool, @outcome, p_server, p_address, @life);
