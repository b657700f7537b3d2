# SPDX-License-Identifier: Apache-2.0
# The operators' page in a real browser: included by the Makefile.

.PHONY: test-ui ui-packages

ui-packages:
	@scripts/install-packages scripts/packages tests/ui/packages

test-ui: ui-packages ## the router's page in headless Chromium; pictures in build/ui/
	@$(MAKE) --no-print-directory --jobs=$(JOBS) all $(BUILD)/tests/ui
	@scripts/run-tests $(BUILD) $(BUILD)/tests/ui
