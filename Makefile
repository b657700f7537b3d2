# SPDX-License-Identifier: Apache-2.0
# Buddyring. `make help` lists the targets.

BUILD ?= build
CXX ?= g++
CLANG ?= clang-14
SANITIZE ?=
JOBS ?= $(shell nproc)

CXXFLAGS ?= -O2 -g
CXXFLAGS += -std=c++20 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror -pthread
CPPFLAGS += -iquote userspace -iquote . -iquote $(BUILD)/generated -MMD -MP
ifneq ($(SANITIZE),)
CXXFLAGS += -fsanitize=$(SANITIZE) -fno-omit-frame-pointer -fno-sanitize-recover=all
LDFLAGS += -fsanitize=$(SANITIZE)
endif
BPFFLAGS = -O2 -g -target bpf -mcpu=v3 -Wall -Wextra -Werror -I. -I/usr/include/$(shell $(CXX) -dumpmachine)
LDLIBS_ALL = -lbpf -luring -lmnl -lboost_program_options -lmariadb -lmicrohttpd -lpthread

# Layers, lowest last, as the linker wants them: what each folder becomes.
LAYERS = agent ctl router kernel netlink loop registry posix core
LIBS = $(LAYERS:%=$(BUILD)/lib/%.a)
PROGRAMS = buddyd buddyctl buddyrouter
BINARIES = $(PROGRAMS:%=$(BUILD)/bin/%)
BPF_OBJECTS = $(patsubst bpf/%.bpf.c,$(BUILD)/bpf/%.bpf.o,$(wildcard bpf/*.bpf.c))
SKELETON = $(BUILD)/generated/buddyring.skel.h
EMBEDDED_SQL = $(BUILD)/generated/registry_sql.h
VERSION = $(BUILD)/generated/buddyring_version.h
TESTS = unit tools registry kernel e2e
TEST_BINARIES = $(TESTS:%=$(BUILD)/tests/%)
TOOLS = $(BUILD)/tests/demo $(BUILD)/tests/bench

objects = $(patsubst %.cc,$(BUILD)/obj/%.o,$(wildcard $(1)/*.cc))

# bpftool, mariadbd and ip are not in everybody's PATH.
export PATH := $(PATH):/usr/sbin:/sbin

.DELETE_ON_ERROR:
.SECONDEXPANSION:
.SECONDARY:
.PHONY: FORCE all help test check demo bench-detect clean format packages build-tests test-sanitize test-threads

all: $(BINARIES) ## build buddyd, buddyctl and buddyrouter

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 18

packages: ## install what is missing from scripts/packages
	@scripts/install-packages

# --- kernel programs and what is generated -----------------------------------

$(BUILD)/bpf/%.bpf.o: bpf/%.bpf.c $(wildcard bpf/*.h)
	@mkdir -p $(@D)
	$(CLANG) $(BPFFLAGS) -c $< -o $@

$(BUILD)/generated/%.skel.h: $(BUILD)/bpf/%.bpf.o
	@mkdir -p $(@D)
	bpftool gen skeleton $< name $*_bpf > $@

# A folder's time changes when a file comes or goes, which a list of files cannot tell.
$(EMBEDDED_SQL): scripts/embed-sql registry/migrations registry/procedures $(wildcard registry/*/*.sql)
	@mkdir -p $(@D)
	scripts/embed-sql registry > $@

# Rewritten only when the version changes, so that nothing is rebuilt for it otherwise.
$(VERSION): FORCE
	@mkdir -p $(@D)
	@line='#define BUDDYRING_VERSION "$(or $(shell git describe --always --dirty 2>/dev/null),unknown)"'; \
	echo "$$line" | cmp -s - $@ || echo "$$line" > $@
FORCE:

# --- userspace ----------------------------------------------------------------

$(BUILD)/obj/%.o: %.cc | $(SKELETON) $(EMBEDDED_SQL) $(VERSION)
	@mkdir -p $(@D)
	$(CXX) $(CPPFLAGS) $(CXXFLAGS) -c $< -o $@

$(BUILD)/lib/%.a: $$(call objects,userspace/%) userspace/%
	@mkdir -p $(@D)
	@rm -f $@
	$(AR) rcs $@ $(filter %.o,$^)

$(BUILD)/lib/lab.a: $(call objects,tests/lab) tests/lab
	@mkdir -p $(@D)
	@rm -f $@
	$(AR) rcs $@ $(filter %.o,$^)

$(BUILD)/bin/%: $(BUILD)/obj/userspace/bin/%.o $(LIBS)
	@mkdir -p $(@D)
	$(CXX) $(CXXFLAGS) $(LDFLAGS) $^ $(LDLIBS_ALL) -o $@

# The core must link alone: its tests get nothing else.
$(BUILD)/tests/unit: $(call objects,tests/unit) $(BUILD)/lib/core.a tests/unit
	@mkdir -p $(@D)
	$(CXX) $(CXXFLAGS) $(LDFLAGS) $(filter %.o %.a,$^) -lgtest -lgtest_main -o $@

$(BUILD)/tests/%: $$(call objects,tests/%) $(BUILD)/lib/lab.a $(LIBS) tests/% | $(BPF_OBJECTS)
	@mkdir -p $(@D)
	$(CXX) $(CXXFLAGS) $(LDFLAGS) $(filter %.o %.a,$^) -lgtest $(LDLIBS_ALL) -o $@

build-tests: $(TEST_BINARIES) $(TOOLS)

# --- what is run ---------------------------------------------------------------

demo: packages ## the main job in network namespaces, with measured times
	@$(MAKE) --no-print-directory --jobs=$(JOBS) all $(BUILD)/tests/demo
	@$(BUILD)/tests/demo

test: packages ## all tests; last line "N passed, N failed"
	@$(MAKE) --no-print-directory --jobs=$(JOBS) all build-tests
	@scripts/run-tests $(BUILD) $(TEST_BINARIES)

bench-detect: packages ## cut a server's link 20 times, time the verdict and the table
	@$(MAKE) --no-print-directory --jobs=$(JOBS) all $(BUILD)/tests/bench
	@$(BUILD)/tests/bench

check: packages ## format, lint, include direction, limits, purity of the core
	@$(MAKE) --no-print-directory --jobs=$(JOBS) all build-tests
	@scripts/check

test-sanitize: packages ## unit, tools and registry tests under ASan and UBSan
	@$(MAKE) --no-print-directory --jobs=$(JOBS) BUILD=build/asan SANITIZE=address,undefined build/asan/tests/unit build/asan/tests/tools build/asan/tests/registry
	@scripts/run-tests build/asan build/asan/tests/unit build/asan/tests/tools build/asan/tests/registry

test-threads: packages ## registry tests, which have threads, under TSan
	@$(MAKE) --no-print-directory --jobs=$(JOBS) BUILD=build/tsan SANITIZE=thread build/tsan/tests/registry
	@scripts/run-tests build/tsan build/tsan/tests/registry

format: ## rewrite the sources in the house's format
	@scripts/check-format --fix

clean: ## remove build/
	rm -rf build

-include $(shell test -d $(BUILD)/obj && find $(BUILD)/obj -name '*.d')
