# SPDX-License-Identifier: Apache-2.0
# Measurements: included by the Makefile.

.PHONY: build-bench bench-detect bench-heal bench-stale bench-seal bench-notify bench-profiles

bench-detect: build-bench ## cut a server's link 20 times, time the verdict and the table
	@$(BUILD)/tests/bench detect
bench-heal: build-bench ## cut 1, 2 and 4 adjacent links, time until they are out of the table
	@$(BUILD)/tests/bench heal
bench-stale: build-bench ## stop an agent and kill a service 20 times each, time until they are out of the table
	@$(BUILD)/tests/bench stale
bench-seal: build-bench ## what answering a probe costs the kernel, with a seal and without
	@$(BUILD)/tests/bench seal
bench-notify: build-bench ## cut links in a ring whose hooks hang and in one without, by turns
	@$(BUILD)/tests/bench notify
bench-profiles: build-bench ## MINUTES=1 PROFILE=: what each --profile costs, and how often it is wrong under load
	@MINUTES=$(MINUTES) PROFILE=$(PROFILE) $(BUILD)/tests/bench profiles
build-bench: packages
	@$(MAKE) --no-print-directory --jobs=$(JOBS) all $(BUILD)/tests/bench

# Its frames are those of the kernel tests.
$(BUILD)/tests/bench: $(BUILD)/obj/tests/kernel/packet.o
