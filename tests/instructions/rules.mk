# SPDX-License-Identifier: Apache-2.0
# Instructions of the core's hot functions: included by the Makefile. It links the core and nothing else
# of ours.

.PHONY: check-instructions

$(BUILD)/tests/instructions: $(call objects,tests/instructions) $(BUILD)/lib/core.a tests/instructions
	@mkdir -p $(@D)
	$(CXX) $(CXXFLAGS) $(LDFLAGS) $(filter %.o %.a,$^) -o $@

check-instructions: ## instructions of the core's hot functions, counted by callgrind, against limits
	@scripts/install-packages scripts/packages tests/instructions/packages
	@$(MAKE) --no-print-directory --jobs=$(JOBS) $(BUILD)/tests/instructions
	@tests/instructions/check $(BUILD)
