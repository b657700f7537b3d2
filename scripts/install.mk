# SPDX-License-Identifier: Apache-2.0
# Installing, and a Debian package of what is installed: included by the Makefile.
# What goes where is in docs/install.md.

PREFIX ?= /usr/local
DESTDIR ?=
SYSCONFDIR ?= /etc
BINDIR ?= $(PREFIX)/bin
DATADIR ?= $(PREFIX)/share
UNITDIR ?= $(PREFIX)/lib/systemd/system
SYSUSERSDIR ?= $(PREFIX)/lib/sysusers.d

MANUALS = $(patsubst %,$(BUILD)/man/%.8,$(PROGRAMS))
UNITS = $(patsubst scripts/package/%.service,$(BUILD)/units/%.service,$(wildcard scripts/package/*.service))
into = install -D -m 644 -t $(DESTDIR)$(1)

.PHONY: install deb manuals

manuals: $(MANUALS)

# From --help itself, so that neither has an option that the other lacks.
$(BUILD)/man/%.8: $(BUILD)/bin/% scripts/package/%.h2m
	@mkdir -p $(@D)
	help2man --no-info --section=8 --manual="Buddyring" --source="Buddyring" --include=scripts/package/$*.h2m $< -o $@

$(BUILD)/units/%.service: scripts/package/%.service FORCE
	@mkdir -p $(@D)
	@sed 's|@bindir@|$(BINDIR)|; s|@sysconfdir@|$(SYSCONFDIR)|' $< > $@

install: $(BINARIES) $(MANUALS) $(UNITS) ## DESTDIR= PREFIX=/usr/local: programs, units, manuals, completion, examples, docs
	install -D -t $(DESTDIR)$(BINDIR) $(BINARIES)
	$(call into,$(UNITDIR)) $(UNITS)
	$(call into,$(SYSUSERSDIR)) scripts/package/buddyring.conf
	$(call into,$(DATADIR)/man/man8) $(MANUALS)
	$(call into,$(DATADIR)/bash-completion/completions) scripts/package/buddyctl
	ln -sf buddyctl $(DESTDIR)$(DATADIR)/bash-completion/completions/buddyd
	ln -sf buddyctl $(DESTDIR)$(DATADIR)/bash-completion/completions/buddyrouter
	$(call into,$(DATADIR)/doc/buddyring) README.md
	for folder in $$(find docs -type d); do \
	  find $$folder -maxdepth 1 -type f -exec install -D -m 644 -t $(DESTDIR)$(DATADIR)/doc/buddyring$${folder#docs} {} +; \
	done
	$(call into,$(DATADIR)/doc/buddyring/examples) $(PROGRAMS:%=scripts/package/%.conf) scripts/package/buddyd-realtime.conf
	install -d -m 755 $(DESTDIR)$(SYSCONFDIR)/buddyring

deb: ## a package for Debian 12, in build/deb
	@scripts/install-packages scripts/packages scripts/package/packages
	@$(MAKE) --no-print-directory --jobs=$(JOBS) all manuals
	@scripts/package/make-deb $(BUILD)
