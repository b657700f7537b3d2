-- SPDX-License-Identifier: Apache-2.0
-- NextOfRun: turns to the next server of a run. CheckRun has seen its incarnation; its last answer is not known here.
-- Part of ServerDelete.
SET p_server = SUBSTRING_INDEX(p_run, '=', 1), p_incarnation = NULL, p_last_answer_ns = NULL;
SET p_run = SUBSTRING(p_run, LENGTH(SUBSTRING_INDEX(p_run, ',', 1)) + 2);
