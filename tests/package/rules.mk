# SPDX-License-Identifier: Apache-2.0
# What is installed, and the Debian package on three fresh hosts: included by the Makefile.

.PHONY: test-package package-packages

package-packages:
	@scripts/install-packages scripts/packages scripts/package/packages tests/package/packages

test-package: package-packages ## the .deb on three fresh Debian 12 hosts, by the commands of docs/guide.md; purge leaves nothing
	@$(MAKE) --no-print-directory --jobs=$(JOBS) deb
	@tests/package/run $(BUILD)
