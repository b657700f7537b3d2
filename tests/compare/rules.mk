# SPDX-License-Identifier: Apache-2.0
# Buddyring beside what its users would otherwise run, in one run: included by the Makefile.

ROWS_OF_BENCH ?=
SOAK ?= 600

.PHONY: bench build-compare

bench: build-compare ## all comparisons in one run, in 45 minutes: a table, build/bench/results.json, plots; see performance.md
	@$(BUILD)/tests/compare --soak=$(SOAK) $(ROWS_OF_BENCH)

build-compare:
	@scripts/install-packages scripts/packages tests/compare/packages
	@$(MAKE) --no-print-directory --jobs=$(JOBS) all $(BUILD)/tests/compare

# Parts of other folders come before the libraries that they use.
$(BUILD)/tests/compare: $(call objects,tests/compare) $(addprefix $(BUILD)/obj/tests/,bench/answerer.o bench/answer_cost.o kernel/packet.o) $(BUILD)/lib/lab.a $(LIBS) tests/compare | $(BPF_OBJECTS)
	@mkdir -p $(@D)
	$(CXX) $(CXXFLAGS) $(LDFLAGS) $(filter %.o %.a,$^) $(LDLIBS_ALL) -o $@
