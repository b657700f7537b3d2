# SPDX-License-Identifier: Apache-2.0
# The main job, shown: included by the Makefile.

.PHONY: demo demo-ipv6 build-demo

demo: build-demo ## the main job in network namespaces, with measured times
	@$(BUILD)/tests/demo

demo-ipv6: build-demo ## the same in a pool of servers that have nothing but IPv6
	@$(BUILD)/tests/demo --ipv6

build-demo: packages
	@$(MAKE) --no-print-directory --jobs=$(JOBS) all $(BUILD)/tests/demo
