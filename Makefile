# SPDX-License-Identifier: Apache-2.0
# Buddyring. `make help` lists the targets.

BUILD ?= build
CXX ?= g++
CLANG ?= clang-14
SANITIZE ?=
JOBS ?= $(shell nproc)
RUNS ?= 10000000

CXXFLAGS ?= -O2 -g
CXXFLAGS += -std=c++20 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror -pthread
CPPFLAGS += -iquote userspace -iquote . -iquote $(BUILD)/generated -MMD -MP
ifneq ($(SANITIZE),)
CXXFLAGS += -fsanitize=$(SANITIZE) -fno-omit-frame-pointer -fno-sanitize-recover=all
LDFLAGS += -fsanitize=$(SANITIZE)
endif
BPFFLAGS = -O2 -g -target bpf -mcpu=v3 -Wall -Wextra -Werror -I. -I/usr/include/$(shell g++ -dumpmachine)
LDLIBS_ALL = -lbpf -luring -lmnl -lboost_program_options -lmariadb -lmicrohttpd -lcrypto -lcap -lncursesw -ltinfo -lpthread

# Layers, lowest last, as the linker wants them: what each folder becomes.
LAYERS = agent ctl router kernel netlink loop registry posix core
LIBS = $(LAYERS:%=$(BUILD)/lib/%.a)
PROGRAMS = buddyd buddyctl buddyrouter
BINARIES = $(PROGRAMS:%=$(BUILD)/bin/%)
BPF_OBJECTS = $(patsubst %.bpf.c,$(BUILD)/bpf/%.bpf.o,$(notdir $(wildcard bpf/*.bpf.c tests/bpf/*.bpf.c)))
SKELETON = $(addprefix $(BUILD)/generated/,buddyring.skel.h exit_notice.skel.h hardware_stamps.skel.h)
EMBEDDED_SQL = $(BUILD)/generated/registry_sql.h
EMBEDDED_UI = $(BUILD)/generated/router_ui.h
VERSION = $(BUILD)/generated/buddyring_version.h
TESTS = unit scenarios tools registry kernel differential e2e
TEST_BINARIES = $(TESTS:%=$(BUILD)/tests/%)
TOOLS = $(BUILD)/tests/demo $(BUILD)/tests/bench
SANITIZED = unit scenarios tools registry

objects = $(patsubst %.cc,$(BUILD)/obj/%.o,$(wildcard $(1)/*.cc))

# bpftool, mariadbd and ip are not in everybody's PATH.
export PATH := $(PATH):/usr/sbin:/sbin

.DELETE_ON_ERROR:
.SECONDEXPANSION:
.SECONDARY:
.PHONY: FORCE all help test check clean format packages build-tests test-sanitize test-threads fuzz

all: $(BINARIES) ## build buddyd, buddyctl and buddyrouter

help: ## this list
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## /\1\t/' | expand -t 18

packages: ## install what is missing from scripts/packages
	@scripts/install-packages

# --- kernel programs, and what is generated (not for clang-tidy to judge) ------

vpath %.bpf.c bpf tests/bpf
$(BUILD)/bpf/%.bpf.o: %.bpf.c $(wildcard bpf/*.h tests/bpf/*.h)
	@mkdir -p $(@D)
	$(CLANG) $(BPFFLAGS) -c $< -o $@

$(BUILD)/generated/%.skel.h: $(BUILD)/bpf/%.bpf.o
	@mkdir -p $(@D)
	(echo '/* NOLINTBEGIN */' && bpftool gen skeleton $< name $*_bpf && echo '/* NOLINTEND */') > $@

# A folder's time changes when a file comes or goes, which a list of files cannot tell.
$(EMBEDDED_SQL): scripts/embed-sql registry/migrations registry/procedures registry/parts $(wildcard registry/*/*.sql)
	@mkdir -p $(@D)
	scripts/embed-sql registry > $@

$(EMBEDDED_UI): scripts/embed-ui userspace/router/ui $(wildcard userspace/router/ui/*)
	@mkdir -p $(@D)
	scripts/embed-ui userspace/router/ui > $@

# Rewritten only when the version changes, so that nothing is rebuilt for it otherwise.
$(VERSION): FORCE
	@mkdir -p $(@D)
	@line='#define BUDDYRING_VERSION "$(or $(shell git describe --always --dirty 2>/dev/null),unknown)"'; \
	echo "$$line" | cmp -s - $@ || echo "$$line" > $@
FORCE:

# --- userspace ----------------------------------------------------------------

$(BUILD)/obj/%.o: %.cc | $(SKELETON) $(EMBEDDED_SQL) $(EMBEDDED_UI) $(VERSION)
	@mkdir -p $(@D)
	$(CXX) $(CPPFLAGS) $(CXXFLAGS) -c $< -o $@

# Tests are compiled often and run once: half the time goes without what only a
# debugger reads, and where no speed is measured without the costly optimisations.
$(BUILD)/obj/tests/%.o: private CXXFLAGS += -g1
$(foreach folder,docs e2e kernel lab metrics registry tools ui unit,$(BUILD)/obj/tests/$(folder)/%.o): private CXXFLAGS += -O1

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

# libFuzzer is a part of clang; it brings main.
$(BUILD)/tests/fuzz: $(call objects,tests/fuzz) $(BUILD)/lib/posix.a $(BUILD)/lib/core.a tests/fuzz
	@mkdir -p $(@D)
	$(CXX) $(CXXFLAGS) $(LDFLAGS) -fsanitize=fuzzer $(filter %.o %.a,$^) -lcrypto -o $@

build-tests: $(TEST_BINARIES) $(TOOLS)

# --- what is run ---------------------------------------------------------------

test: packages ## all tests; last line "N passed, N failed"
	@$(MAKE) --no-print-directory --jobs=$(JOBS) all build-tests
	@scripts/run-tests $(BUILD) $(TEST_BINARIES)

check: packages ## format, lint, include direction, limits, purity of the core
	@$(MAKE) --no-print-directory --jobs=$(JOBS) all build-tests
	@scripts/check

test-sanitize: packages ## unit, scenarios, tools and registry tests under ASan and UBSan
	@$(MAKE) --no-print-directory --jobs=$(JOBS) BUILD=build/asan SANITIZE=address,undefined $(SANITIZED:%=build/asan/tests/%)
	@scripts/run-tests build/asan $(SANITIZED:%=build/asan/tests/%)

test-threads: packages ## registry tests, which have threads, under TSan
	@$(MAKE) --no-print-directory --jobs=$(JOBS) BUILD=build/tsan SANITIZE=thread build/tsan/tests/registry
	@scripts/run-tests build/tsan build/tsan/tests/registry

fuzz: packages ## RUNS=10000000 damaged and invented messages for the codec, under ASan and UBSan
	@$(MAKE) --no-print-directory --jobs=$(JOBS) BUILD=build/fuzz CXX=clang++-14 SANITIZE=fuzzer-no-link,address,undefined build/fuzz/tests/fuzz
	@scripts/run-fuzz build/fuzz/tests/fuzz $(RUNS) tests/fuzz/corpus

format: ## rewrite the sources in the house's format
	@scripts/check-format --fix
clean: ## remove build/
	rm -rf build
include scripts/install.mk $(wildcard tests/*/rules.mk)
-include $(shell test -d $(BUILD)/obj && find $(BUILD)/obj -name '*.d')
