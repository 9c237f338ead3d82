# lambdagate: everything is built below $(BUILD), nothing beside the sources.
# `make help` lists the targets.

VERSION  := 0.1.0
VARIANT  ?= release
BUILD    ?= build/$(VARIANT)
CC       ?= cc
PREFIX   ?= /usr/local
DESTDIR  ?=
PYTHON   ?= /usr/bin/python3
PKGS     := libmicrohttpd libcurl jansson yaml-0.1 libpcre2-8 libidn2 libssl libcrypto libsystemd \
            hiredis

.DEFAULT_GOAL := all

# --- sources: whatever lies in a folder belongs to it -------------------------------------------

# A folder knows those before it in this list, never those after it.
FOLDERS := base config observe wire upstream listen route authorize validate integrate keeper cloud target respond \
           redis bridge lambda function invoke_api process snapshot request gateway
# daemon/main.c stands above all folders.
sources  = $(sort $(wildcard $(1)/*.c))
DAEMON  := $(call sources,daemon)
CLI     := $(call sources,cli)
# libjwt signs the tokens of `lambdagate token` and is a second opinion in tests; it is not in the daemon
CLI_PKGS := libjwt

# --- flags ------------------------------------------------------------------------------------

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
        -Wwrite-strings -Wformat=2 -Wundef -Wvla -Werror
BASE_FLAGS := -std=c11 -D_GNU_SOURCE -DLG_VERSION='"$(VERSION)"' -Idaemon -pthread -g \
              -fno-strict-aliasing
HARDEN := -O2 -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection -fPIE \
          $(if $(filter x86_64 i%86,$(shell uname -m)),-fcf-protection)
HARDEN_LINK := -pie -Wl,-z,relro,-z,now,-z,noexecstack

ifeq ($(VARIANT),release)
  MODE := $(HARDEN)
  MODE_LINK := $(HARDEN_LINK)
else ifeq ($(VARIANT),asan)
  MODE := -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
  MODE_LINK := $(MODE)
else ifeq ($(VARIANT),tsan)
  MODE := -O1 -fno-omit-frame-pointer -fsanitize=thread
  MODE_LINK := $(MODE)
else ifeq ($(VARIANT),fuzz)
  CC := clang
  MODE := -O1 -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined \
          -fno-sanitize-recover=all
  MODE_LINK := -fsanitize=address,undefined
else ifeq ($(VARIANT),debug)
  MODE := -O0
  MODE_LINK :=
else
  $(error VARIANT is release, debug, asan, tsan or fuzz)
endif

PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
PKG_LIBS   := $(shell pkg-config --libs $(PKGS) 2>/dev/null)
CLI_LIBS   := $(shell pkg-config --libs $(CLI_PKGS) 2>/dev/null)
CFLAGS_ALL := $(BASE_FLAGS) $(WARN) $(MODE) $(PKG_CFLAGS) $(CFLAGS)
LINK_ALL   := $(MODE_LINK) -pthread $(LDFLAGS)

# Objects are made again when the flags change, not whenever this file does.
FLAGS_FILE := $(BUILD)/flags
FLAGS_NOW  := $(strip $(CC) $(CFLAGS_ALL) -- $(LINK_ALL))
ifneq ($(file <$(FLAGS_FILE)),$(FLAGS_NOW))
  $(shell mkdir -p $(BUILD))
  $(file >$(FLAGS_FILE),$(FLAGS_NOW))
endif

# One short line a file; `make V=1` shows the commands.
said = $(if $(V),,@printf '  %-4s %s\n' $(1) '$(2)';)

# --- the two programs -------------------------------------------------------------------------

objects = $(patsubst %.c,$(BUILD)/%.o,$(call sources,daemon/$(1)))

FOLDER_OBJECTS := $(foreach folder,$(FOLDERS),$(call objects,$(folder)))
DAEMON_OBJECTS := $(DAEMON:%.c=$(BUILD)/%.o)
CLI_OBJECTS    := $(CLI:%.c=$(BUILD)/%.o)
# Whatever is not a program of its own: each program takes from it what it needs.
LIBRARY        := $(BUILD)/liblambdagate.a

.PHONY: all
all: $(BUILD)/lambdagated $(BUILD)/lambdagate ## build the daemon and the command (the default)

$(BUILD)/lambdagated: $(DAEMON_OBJECTS) $(FOLDER_OBJECTS)
	$(call said,LINK,$@)$(CC) $(LINK_ALL) -o $@ $^ $(PKG_LIBS)

$(BUILD)/lambdagate: $(CLI_OBJECTS) $(LIBRARY)
	$(call said,LINK,$@)$(CC) $(LINK_ALL) -o $@ $^ $(CLI_LIBS) $(PKG_LIBS)

$(LIBRARY): $(filter-out $(BUILD)/daemon/main.o,$(DAEMON_OBJECTS)) $(FOLDER_OBJECTS)
	@rm -f $@
	$(call said,AR,$@)$(AR) rcs $@ $^

$(BUILD)/%.o: %.c $(FLAGS_FILE)
	@mkdir -p $(@D)
	$(call said,CC,$<)$(CC) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

# --- unit tests: one program a folder, so that a folder can be built and tested on its own -------
# make unit-route

# criterion stores an int in a one-bit field, inside its assertions.
$(BUILD)/tests/unit/%.o: CFLAGS_ALL += -Wno-conversion

UNITS := $(foreach folder,$(FOLDERS),$(if $(wildcard tests/unit/$(folder)/*.c),$(folder)))

define unit_rules
UNIT_$(1) := $$(patsubst %.c,$(BUILD)/%.o,$$(wildcard tests/unit/$(1)/*.c))
$(BUILD)/unit/$(1): $$(UNIT_$(1)) $(foreach folder,$(2) $(1),$(call objects,$(folder)))
	@mkdir -p $$(@D)
	$(call said,LINK,$$@)$(CC) $(LINK_ALL) -o $$@ $$^ $(PKG_LIBS) $(3) -lcriterion
.PHONY: unit-$(1)
unit-$(1): $(BUILD)/unit/$(1)
	$$< --verbose=0 -j2
endef

# what each folder's tests link besides the folder itself, and libraries of theirs
$(eval $(call unit_rules,base,))
$(eval $(call unit_rules,config,base))
$(eval $(call unit_rules,observe,base))
$(eval $(call unit_rules,wire,base observe))
$(eval $(call unit_rules,upstream,base config observe wire))
$(eval $(call unit_rules,listen,base observe wire))
$(eval $(call unit_rules,route,base config))
$(eval $(call unit_rules,authorize,base config observe wire,$(shell pkg-config --libs libjwt 2>/dev/null)))
$(eval $(call unit_rules,validate,base config route))
$(eval $(call unit_rules,integrate,base config observe wire listen route validate))
$(eval $(call unit_rules,respond,base config observe wire listen route validate integrate))
$(eval $(call unit_rules,keeper,base observe wire))
$(eval $(call unit_rules,cloud,base config observe wire))
$(eval $(call unit_rules,target,base config observe wire listen route validate integrate keeper cloud))
$(eval $(call unit_rules,lambda,base config observe wire listen route validate integrate keeper cloud target))
$(eval $(call unit_rules,redis,base config observe wire listen route validate integrate keeper cloud target))
$(eval $(call unit_rules,bridge,base config observe wire listen route validate integrate keeper cloud target redis))
$(eval $(call unit_rules,function,base config observe wire listen route validate integrate keeper cloud target))
$(eval $(call unit_rules,invoke_api,base config observe wire listen route validate integrate keeper cloud target \
        redis lambda function))

# the command, but for its main()
$(BUILD)/tests/unit/cli/%.o: CFLAGS_ALL += -I.
$(BUILD)/unit/cli: $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/unit/cli/*.c)) \
                   $(filter-out $(BUILD)/cli/main.o,$(CLI_OBJECTS)) $(LIBRARY)
	@mkdir -p $(@D)
	$(call said,LINK,$@)$(CC) $(LINK_ALL) -o $@ $^ $(CLI_LIBS) $(PKG_LIBS) -lcriterion
.PHONY: unit-cli
unit-cli: $(BUILD)/unit/cli
	$< --verbose=0 -j2

UNIT_PROGRAMS := $(UNITS:%=$(BUILD)/unit/%) $(BUILD)/unit/cli

# --- running and testing ----------------------------------------------------------------------

CORES := $(shell nproc 2>/dev/null || echo 2)
# A second make with as many jobs as there are cores, unless the first one was told how many.
submake = $(MAKE) --no-print-directory $(if $(filter -j%,$(MAKEFLAGS)),,-j$(CORES))

.PHONY: run
run: ## install what is missing, build, start the quickstart gateway (Ctrl-C ends it)
	@scripts/install-packages.sh build run
	+@$(submake) all
	@scripts/run-quickstart.sh $(BUILD)

.PHONY: run-redis
run-redis: ## the quickstart with a Redis between gateway and workers (Ctrl-C ends it)
	@scripts/install-packages.sh build run redis
	+@$(submake) all
	@scripts/run-quickstart-redis.sh $(BUILD)

.PHONY: test
test: ## install what is missing, build, run unit, flow and fault tests
	@scripts/install-packages.sh build run test
	+@$(submake) all $(UNIT_PROGRAMS)
	@scripts/run-tests.sh $(BUILD) unit flow fault

.PHONY: unit flow
unit: $(UNIT_PROGRAMS) ## unit tests only
	@scripts/run-tests.sh $(BUILD) unit
flow: all ## flow tests only: the real daemon over real sockets
	@scripts/run-tests.sh $(BUILD) flow

.PHONY: asan
asan: ## unit, flow and fault tests under AddressSanitizer and UBSan; leaks fail the run
	@scripts/install-packages.sh build run test
	+@$(submake) VARIANT=asan BUILD=build/asan asan-programs
	@scripts/run-tests.sh build/asan unit flow fault
.PHONY: asan-programs
asan-programs: all $(UNIT_PROGRAMS)

# ThreadSanitizer does not start under criterion, so its proof is the flow tests.
.PHONY: tsan
tsan: ## flow tests against a daemon under ThreadSanitizer
	@scripts/install-packages.sh build run test
	+@$(submake) VARIANT=tsan BUILD=build/tsan all
	@scripts/run-tests.sh build/tsan flow

.PHONY: clang
clang: ## everything once more with clang, warnings are errors
	@scripts/install-packages.sh build test lint
	+@$(submake) CC=clang BUILD=build/clang clang-programs
.PHONY: clang-programs
clang-programs: all $(UNIT_PROGRAMS)

# --- vectors and fuzzing ----------------------------------------------------------------------

$(BUILD)/vectors: $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/vectors/*.c)) $(LIBRARY)
	$(call said,LINK,$@)$(CC) $(LINK_ALL) -o $@ $^ $(PKG_LIBS)

.PHONY: vectors
vectors: ## published test suites, from the folder that LAMBDAGATE_VECTORS names
	+@if [ -z "$(LAMBDAGATE_VECTORS)" ]; then \
	    echo "vectors: skipped: LAMBDAGATE_VECTORS does not name a folder of test suites"; \
	else \
	    scripts/install-packages.sh build && $(submake) $(BUILD)/vectors && \
	    $(BUILD)/vectors "$(LAMBDAGATE_VECTORS)"; \
	fi

# What the worst bodies cost to read, write and check: figures for people, judged by nobody.
$(BUILD)/worst-bodies: $(BUILD)/tests/tools/worst_bodies.o $(LIBRARY)
	$(call said,LINK,$@)$(CC) $(LINK_ALL) -o $@ $^ $(PKG_LIBS)

.PHONY: worst-bodies
worst-bodies: $(BUILD)/worst-bodies
	@$<

# Our signer, for the test that compares it with an SDK's.
$(BUILD)/sign-requests: $(BUILD)/tests/tools/sign_requests.o $(LIBRARY)
	$(call said,LINK,$@)$(CC) $(LINK_ALL) -o $@ $^ $(PKG_LIBS)

# Our validator, for the test that compares it with others.
$(BUILD)/validate-lines: $(BUILD)/tests/tools/validate_lines.o $(LIBRARY)
	$(call said,LINK,$@)$(CC) $(LINK_ALL) -o $@ $^ $(PKG_LIBS)

# A worker and callers of the protocol of queues, which the benchmarks put beside the gateway.
$(BUILD)/two-lists: $(BUILD)/tests/tools/two_lists.o
	$(call said,LINK,$@)$(CC) $(LINK_ALL) -o $@ $^ $(PKG_LIBS)

FUZZ_SECONDS  ?= 20
FUZZ_PROGRAMS := $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))

$(FUZZ_PROGRAMS): $(BUILD)/fuzz/%: $(BUILD)/tests/fuzz/%.o $(LIBRARY)
	@mkdir -p $(@D)
	$(call said,LINK,$@)$(CC) $(LINK_ALL) -fsanitize=fuzzer -o $@ $^ $(PKG_LIBS)

.PHONY: fuzz
fuzz: ## every fuzzer for FUZZ_SECONDS seconds (20), with clang
	@scripts/install-packages.sh build fuzz
	+@$(submake) VARIANT=fuzz BUILD=build/fuzz fuzz-programs
	@scripts/run-fuzz.sh build/fuzz $(FUZZ_SECONDS)
.PHONY: fuzz-programs
fuzz-programs: $(FUZZ_PROGRAMS)

# --- benchmarks --------------------------------------------------------------------------------

# bench/run.py reads BENCH_ROUNDS, BENCH_SECONDS and the others from the environment.
# bench-lambda is what calls upstreams, in six minutes.
.PHONY: bench bench-lambda
bench-lambda: export BENCH_ONLY = http,lambda
bench-lambda: export BENCH_SECONDS = 1
bench: ## the daemon beside nginx and others (BENCH_ROUNDS=15 BENCH_SECONDS=2 BENCH_ONLY=case)
bench bench-lambda:
	@scripts/install-packages.sh build bench
	+@$(submake) all $(BUILD)/two-lists
	@$(PYTHON) bench/run.py $(BUILD)

# --- clients that others wrote ------------------------------------------------------------------

.PHONY: interop interop-smoke
interop: ## official runtime clients and SDKs against the daemon (interop-smoke: a few)
interop interop-smoke:
	@scripts/install-packages.sh build run test interop
	+@$(submake) all $(BUILD)/sign-requests $(BUILD)/validate-lines
	@scripts/run-tests.sh $(BUILD) $@

# --- faults -------------------------------------------------------------------------------------

# tests/fault reads FAULT_SECONDS and LAMBDAGATE_TEST_SEED from the environment.
.PHONY: fault
fault: ## kill, stall, starve and cut everything around the daemon (FAULT_SECONDS=600)
	@scripts/install-packages.sh build run test
	+@$(submake) all
	@scripts/run-tests.sh $(BUILD) fault fault-long

# --- another kernel -----------------------------------------------------------------------------

# What is installed lies beside the build: the machine sees this one's files, and compiles nothing.
.PHONY: vm
vm: ## cgroups and systemd in a virtual machine, emulated (VM_PARTS="flow systemd")
	@scripts/install-packages.sh build run test vm
	+@$(submake) all
	@rm -rf $(BUILD)-vm
	@$(MAKE) --no-print-directory install DESTDIR=$(abspath $(BUILD))-vm >/dev/null
	@tests/vm/run.sh $(BUILD) $(VM_PARTS)

# --- what comes with later parts --------------------------------------------------------------

later = @echo "make $@: there is nothing to run yet: $(1) with a later part of the project" >&2; \
        exit 1

.PHONY: soak
soak: ## hours of mixed load (comes later)
	$(call later,the soak test comes)

# --- care of the sources ----------------------------------------------------------------------

C_FILES := $(shell find daemon cli plugins tests -name '*.[ch]' 2>/dev/null)

.PHONY: lint lint-quick
lint: ## format, clang-tidy, cppcheck, shellcheck, length of functions, banned calls
	@scripts/install-packages.sh build test lint
	@LINT_FLAGS='$(subst ','\'',$(BASE_FLAGS) $(PKG_CFLAGS))' LINT_FOLDERS='$(FOLDERS)' scripts/lint.sh

lint-quick: ## the same without clang-analyzer and cppcheck, which take ten minutes
	@scripts/install-packages.sh build test lint
	@LINT_FLAGS='$(subst ','\'',$(BASE_FLAGS) $(PKG_CFLAGS))' LINT_FOLDERS='$(FOLDERS)' scripts/lint.sh quick

.PHONY: format
format: ## let clang-format settle every C file
	@scripts/install-packages.sh lint
	clang-format -i $(C_FILES)

.PHONY: generate
generate: $(BUILD)/lambdagate ## schema, manual and example of the configuration, from the table of options
	$(BUILD)/lambdagate generate schema >conf/lambdagate.schema.json
	$(BUILD)/lambdagate generate manual >docs/configuration.md
	$(BUILD)/lambdagate generate example >conf/lambdagate.yaml

# --- install ----------------------------------------------------------------------------------

BIN   = $(DESTDIR)$(PREFIX)/bin
LIB   = $(DESTDIR)$(PREFIX)/lib/lambdagate
SHARE = $(DESTDIR)$(PREFIX)/share/lambdagate
RUNTIMES := $(shell find runtimes -type f -not -name '*.pyc' 2>/dev/null)

UNITS_TO    = $(DESTDIR)$(PREFIX)/lib/systemd/system
SYSUSERS_TO = $(DESTDIR)$(PREFIX)/lib/sysusers.d
TMPFILES_TO = $(DESTDIR)$(PREFIX)/lib/tmpfiles.d

.PHONY: install
install: all ## into $(DESTDIR)$(PREFIX)
	install -d $(BIN) $(SHARE) $(sort $(dir $(RUNTIMES:%=$(LIB)/%)))
	install -m 755 $(BUILD)/lambdagated $(BUILD)/lambdagate $(BIN)
	$(foreach file,$(RUNTIMES),install -m $(if $(shell test -x $(file) && echo x),755,644) $(file) $(LIB)/$(file) &&) true
	install -m 644 conf/lambdagate.yaml conf/lambdagate.schema.json $(SHARE)
	install -d $(UNITS_TO) $(SYSUSERS_TO) $(TMPFILES_TO)
	sed 's|/usr/local|$(PREFIX)|g' systemd/lambdagated.service > $(UNITS_TO)/lambdagated.service
	sed 's|/usr/local|$(PREFIX)|g' systemd/lambdagate-worker@.service > $(UNITS_TO)/lambdagate-worker@.service
	install -m 644 systemd/lambdagate.sysusers $(SYSUSERS_TO)/lambdagate.conf
	install -m 644 systemd/lambdagate.tmpfiles $(TMPFILES_TO)/lambdagate.conf

.PHONY: uninstall
uninstall: ## what install put there, nothing else
	rm -f $(BIN)/lambdagated $(BIN)/lambdagate $(UNITS_TO)/lambdagated.service \
	      $(UNITS_TO)/lambdagate-worker@.service
	rm -f $(SYSUSERS_TO)/lambdagate.conf $(TMPFILES_TO)/lambdagate.conf
	rm -f $(RUNTIMES:%=$(LIB)/%) $(SHARE)/lambdagate.yaml $(SHARE)/lambdagate.schema.json
	for folder in $(sort $(dir $(RUNTIMES:%=$(LIB)/%))) $(LIB)/runtimes $(LIB) $(SHARE); do \
	    [ ! -d $$folder ] || rmdir --ignore-fail-on-non-empty $$folder; done

.PHONY: clean
clean: ## remove everything that was built
	rm -rf build

.PHONY: help
help: ## this list
	@echo "make TARGET [VARIANT=release|debug|asan|tsan] [CC=clang] [BUILD=folder] [PREFIX=/usr/local]"
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/\1|\2/p' Makefile | while IFS='|' read -r target text; do \
	    printf '  %-10s %s\n' "$$target" "$$text"; done
	@echo "  unit-FOLDER builds and runs the unit tests of one folder of daemon/"

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
