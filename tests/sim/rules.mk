# SPDX-License-Identifier: Apache-2.0
# The simulator: included by the Makefile. It links the core and nothing else of ours.

SEED ?= 1
SEEDS ?= 200
SERVERS ?= 0
HOURS ?= 0.1

SIM = $(BUILD)/tests/sim
SIM_OBJECTS = $(call objects,tests/sim)
SIM_KNOBS = --seed=$(SEED) --servers=$(SERVERS) --hours=$(HOURS) --jobs=$(JOBS)

.PHONY: sim sim-nightly sim-healing sim-scale sim-mutants

$(SIM): $(SIM_OBJECTS) $(BUILD)/lib/core.a tests/sim
	@mkdir -p $(@D)
	$(CXX) $(CXXFLAGS) $(LDFLAGS) $(filter %.o %.a,$^) -o $@

$(BUILD)/tests/scenarios: $(call objects,tests/scenarios) $(filter-out %/main.o,$(SIM_OBJECTS)) $(BUILD)/lib/core.a tests/scenarios
	@mkdir -p $(@D)
	$(CXX) $(CXXFLAGS) $(LDFLAGS) $(filter %.o %.a,$^) -lgtest -lgtest_main -o $@

sim: packages ## SEED= SEEDS= SERVERS= HOURS= simulated pools under drawn faults; 0 violations or a command that replays one
	@$(MAKE) --no-print-directory --jobs=$(JOBS) $(SIM)
	@$(SIM) --seeds=$(SEEDS) $(SIM_KNOBS)

sim-nightly: packages ## the same with 10,000 seeds
	@$(MAKE) --no-print-directory sim SEEDS=10000

sim-healing: packages ## how long 1 to 8 adjacent deaths take to heal
	@$(MAKE) --no-print-directory --jobs=$(JOBS) $(SIM)
	@$(SIM) healing --seed=$(SEED)

sim-scale: packages ## what a server costs in pools of 1,000 to 100,000
	@$(MAKE) --no-print-directory --jobs=$(JOBS) $(SIM)
	@$(SIM) scale --seed=$(SEED)

sim-mutants: packages ## each protection switched off in a build of its own; each must be caught
	@$(MAKE) --no-print-directory --jobs=$(JOBS) $(SIM) $(BUILD)/tests/scenarios
	@scripts/sim-mutants $(BUILD)
