# SPDX-License-Identifier: Apache-2.0
# A registry that is a cluster: included by the Makefile.

.PHONY: test-galera

test-galera: ## a cluster of three nodes under churn: one killed, one cut off, both brought back
	@scripts/install-packages scripts/packages tests/galera/packages
	@tests/galera/fetch-transfer $(BUILD)/galera/transfer
	@$(MAKE) --no-print-directory --jobs=$(JOBS) $(BUILD)/tests/galera
	@scripts/run-tests $(BUILD) $(BUILD)/tests/galera
