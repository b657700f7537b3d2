# SPDX-License-Identifier: Apache-2.0
# The kernel programs against an independent reference and against the stock
# kernel: included by the Makefile.

FRAMES ?= 10000000

.PHONY: test-differential

test-differential: packages ## SEED= FRAMES=10000000 frames against a reference, and a corpus against the stock kernel
	@$(MAKE) --no-print-directory --jobs=$(JOBS) $(BUILD)/tests/differential
	@$(BUILD)/tests/differential --seed=$(SEED) --frames=$(FRAMES)
