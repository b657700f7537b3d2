# SPDX-License-Identifier: Apache-2.0
# Many connections that change pools at once: included by the Makefile.

.PHONY: test-churn

test-churn: packages ## 50 times: 200 servers announced and 200 deleted at once, over 64 connections
	@$(MAKE) --no-print-directory --jobs=$(JOBS) $(BUILD)/tests/registry
	@$(BUILD)/tests/registry --gtest_filter='*ChurnTest*:PoolsTest*' --gtest_repeat=50 --gtest_brief=1
