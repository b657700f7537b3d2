# SPDX-License-Identifier: Apache-2.0
# Buddyring beside what others use: included by the Makefile.

.PHONY: bench-haproxy bench-router build-peers

build-peers:
	@scripts/install-packages scripts/packages tests/peers/packages
	@$(MAKE) --no-print-directory --jobs=$(JOBS) all $(BUILD)/tests/peers

bench-haproxy: build-peers ## failed requests when a server dies: HAProxy kept equal to the ring against its own checks
	@$(BUILD)/tests/peers haproxy

bench-router: build-peers ## wrk at full speed: buddyrouter against HAProxy, and how long a dead server is named
	@$(BUILD)/tests/peers router
