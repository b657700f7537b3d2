# SPDX-License-Identifier: Apache-2.0
# What the stored procedures cost: included by the Makefile.

ROWS ?= 1000 10000 100000 1000000

.PHONY: bench-registry

bench-registry: packages ## ROWS="1000 ..." p50 and p99 of the procedures, and against a transaction written by hand
	@$(MAKE) --no-print-directory --jobs=$(JOBS) $(BUILD)/tests/registry_bench
	@$(BUILD)/tests/registry_bench $(ROWS)
