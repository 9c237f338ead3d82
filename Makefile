# lambdagate: everything is built below $(BUILD), nothing beside the sources.
# `make help` lists the targets.

VERSION  := 0.1.0
VARIANT  ?= release
BUILD    ?= build/$(VARIANT)
CC       ?= cc
PKGS     := libmicrohttpd jansson yaml-0.1 libpcre2-8 libcrypto
PREFIX   ?= /usr/local
DESTDIR  ?=
PYTHON   ?= /usr/bin/python3

# --- sources, by folder: a folder knows those above it in this list, never below ---------------

base      := err mem str arena buf map clock text id json
config    := fault node options expand check load generate
observe   := log metrics
wire      := loop mailbox
listen    := address socket acceptor head_check engine
route     := pattern table
validate  := regex schema body
integrate := redirect payload_v2 result_v2
keeper    := protocol process keeper
target    := target runtime_api workers
FOLDERS   := base config observe wire listen route validate integrate keeper target
DAEMON    := main
CLI       := cli/main.c

# --- flags ------------------------------------------------------------------------------------

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
        -Wwrite-strings -Wformat=2 -Wundef -Wvla -Werror
BASE_FLAGS := -std=c11 -D_GNU_SOURCE -DLG_VERSION='"$(VERSION)"' -Idaemon -pthread -g \
              -fno-strict-aliasing -MMD -MP
HARDEN := -O2 -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection \
          -fcf-protection -fPIE
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
else ifeq ($(VARIANT),debug)
  MODE := -O0
  MODE_LINK :=
else
  $(error VARIANT is release, debug, asan or tsan)
endif

PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
PKG_LIBS   := $(shell pkg-config --libs $(PKGS) 2>/dev/null)
CFLAGS_ALL := $(BASE_FLAGS) $(WARN) $(MODE) $(PKG_CFLAGS) $(CFLAGS)
LINK_ALL   := $(MODE_LINK) -pthread $(LDFLAGS)

objects = $(foreach name,$($(1)),$(BUILD)/daemon/$(1)/$(name).o)

.PHONY: all
all: $(BUILD)/lambdagated $(BUILD)/lambdagate

LIB_OBJECTS := $(foreach folder,$(FOLDERS),$(call objects,$(folder)))

$(BUILD)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) -c -o $@ $<

# --- unit tests: one program a folder, so that a folder can be built and tested on its own -------
# make unit-route

define unit_rules
UNIT_$(1) := $$(patsubst %.c,$(BUILD)/%.o,$$(wildcard tests/unit/$(1)/*.c))
$(BUILD)/unit/$(1): $$(UNIT_$(1)) $(foreach folder,$(2) $(1),$(call objects,$(folder)))
	@mkdir -p $$(@D)
	$(CC) $(LINK_ALL) -o $$@ $$^ $(PKG_LIBS) -lcriterion
.PHONY: unit-$(1)
unit-$(1): $(BUILD)/unit/$(1)
	$$< --verbose=0 -j2
endef

# what each folder's tests link besides the folder itself
$(eval $(call unit_rules,base,))
$(eval $(call unit_rules,config,base))
$(eval $(call unit_rules,observe,base))
$(eval $(call unit_rules,wire,base))
$(eval $(call unit_rules,listen,base wire))
$(eval $(call unit_rules,route,base config))
$(eval $(call unit_rules,validate,base config))
$(eval $(call unit_rules,integrate,base config route))
$(eval $(call unit_rules,keeper,base wire))
$(eval $(call unit_rules,target,base config observe wire listen keeper))

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
