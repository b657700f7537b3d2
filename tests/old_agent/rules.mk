# SPDX-License-Identifier: Apache-2.0
# Agents of the last schema version: included by the Makefile.

.PHONY: test-old-agent

test-old-agent: packages ## agents of schema version 3 on this table, alone and mixed with those of today
	@tests/old_agent/build-agent $(BUILD)/old-agent-3 $(JOBS)
	@$(MAKE) --no-print-directory --jobs=$(JOBS) all $(BUILD)/tests/old_agent
	@scripts/run-tests $(BUILD) $(BUILD)/tests/old_agent
