# SPDX-License-Identifier: Apache-2.0
# Other kernels: included by the Makefile. What the targets do is in docs/kernels.md.

KERNELS ?= 6.1 6.12

.PHONY: test-kernels test-driver kernel-packages build-kernels

kernel-packages:
	@scripts/install-packages scripts/packages tests/kernels/packages

build-kernels: kernel-packages
	@$(MAKE) --no-print-directory --jobs=$(JOBS) all $(BUILD)/tests/kernel $(BUILD)/tests/kernels $(BUILD)/tests/guest $(BUILD)/tests/differential

# Those tests attach as the kernel tests do.
$(BUILD)/tests/guest: $(patsubst %,$(BUILD)/obj/tests/kernel/%.o,card wire packet verifier_count)

test-kernels: build-kernels ## KERNELS="6.1 6.12" Debian's kernels, emulated, and the running one: load, attach, a ring of three
	@tests/kernels/run-matrix $(BUILD) $(KERNELS)

test-driver: build-kernels ## two emulated machines on one wire, native XDP on virtio-net; a kernel panic is found
	@tests/kernels/run-driver $(BUILD)
