# SPDX-License-Identifier: Apache-2.0
# A real Prometheus scrapes a ring: included by the Makefile.

.PHONY: test-metrics metrics-packages

metrics-packages:
	@scripts/install-packages scripts/packages tests/metrics/packages

test-metrics: metrics-packages ## a real Prometheus scrapes a ring; promtool on metrics and alerts
	@$(MAKE) --no-print-directory --jobs=$(JOBS) all $(BUILD)/tests/metrics
	@scripts/run-tests $(BUILD) $(BUILD)/tests/metrics
