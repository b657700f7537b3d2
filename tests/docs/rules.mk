# SPDX-License-Identifier: Apache-2.0
# What the documentation says can be done is done: included by the Makefile.

.PHONY: test-docs docs-packages

docs-packages:
	@scripts/install-packages scripts/packages tests/docs/packages

test-docs: docs-packages ## what README.md and docs/ tell readers to type, typed on hosts in namespaces
	@$(MAKE) --no-print-directory --jobs=$(JOBS) all $(BUILD)/tests/docs
	@scripts/run-tests $(BUILD) $(BUILD)/tests/docs
