# SPDX-License-Identifier: Apache-2.0
# Restarts of one agent in a ring under probing: included by the Makefile.

UPGRADES ?= 200
KILLS ?= 50
LINKS ?= 1

.PHONY: test-restarts

test-restarts: packages ## UPGRADES=200 and KILLS=50 restarts of one agent with LINKS=1 or 2 in a ring, probed every 10 ms: no death, nothing leaked
	@$(MAKE) --no-print-directory --jobs=$(JOBS) all $(BUILD)/tests/restarts
	@$(BUILD)/tests/restarts $(UPGRADES) $(KILLS) $(LINKS)
