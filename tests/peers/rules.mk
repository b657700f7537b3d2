# SPDX-License-Identifier: Apache-2.0
# Buddyring beside what others use: included by the Makefile.

.PHONY: bench-haproxy bench-router bench-topologies build-peers

build-peers:
	@scripts/install-packages scripts/packages tests/peers/packages
	@$(MAKE) --no-print-directory --jobs=$(JOBS) all $(BUILD)/tests/peers

bench-haproxy: build-peers ## failed requests when a server dies: HAProxy kept equal to the ring against its own checks
	@$(BUILD)/tests/peers haproxy

bench-router: build-peers ## wrk at full speed: buddyrouter against HAProxy, and how long a dead server is named
	@$(BUILD)/tests/peers router

bench-topologies: build-peers ## packets, bytes and CPU a server: the ring, all ping all, one pings all, for 8 to 64 servers
	@$(BUILD)/tests/peers topologies
