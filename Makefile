# podline: build, check, install. `make help` lists the targets.
PREFIX  ?= /usr/local
DESTDIR ?=
BUILD   ?= build
CFLAGS  ?= -O2 -g
VERSION := 0.1.0

# A file of a floor includes only its own floor and those before it; tests/style/floors.sh reads these two lines.
FLOORS  := base formats reach api verb
PARTS   := api control node cluster
CLIENT  := libcurl yaml-0.1 popt
SERVER  := libmicrohttpd gnutls sqlite3 zlib

VERBS   := $(patsubst bin/%.c,$(BUILD)/%,$(wildcard bin/*.c))
LOCAL   := $(patsubst plugins/local/%.c,$(BUILD)/%,$(wildcard plugins/local/*.c))
COMMON  := $(patsubst %.c,$(BUILD)/%.o,$(wildcard $(FLOORS:%=common/%/*.c)))
SERVING := $(patsubst %.c,$(BUILD)/%.o,$(wildcard $(PARTS:%=plugins/local/%/*.c)))
SCHEMA  := plugins/local/api/schema
SERVING += $(BUILD)/$(SCHEMA)/types.o $(BUILD)/$(SCHEMA)/documents.o
UNITS   := $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(wildcard tests/unit/*.c))
FUZZERS := $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%,$(wildcard tests/fuzz/*.c))
BENCHES := $(patsubst tests/bench/%.c,$(BUILD)/bench/%,$(wildcard tests/bench/*.c))

# Debian and Fedora install jq.h without a .pc file.
CPPFLAGS += -D_GNU_SOURCE -DPODLINE_VERSION='"$(VERSION)"' -DPODLINE_PREFIX='"$(PREFIX)"'
CPPFLAGS += $(shell pkg-config --cflags $(CLIENT) $(SERVER) 2>/dev/null)
ALL_CFLAGS = -std=gnu17 -Wall -Wextra -Werror -fno-common $(CFLAGS)
LDLIBS  += $(shell pkg-config --libs $(CLIENT) 2>/dev/null) -ljq -lm
SERVER_LIBS = $(shell pkg-config --libs $(SERVER) 2>/dev/null)
# V=1 shows the commands.
ifneq ($(V),1)
.SILENT:
endif
COMPILE = echo "  cc  $@" && $(CC) $(CPPFLAGS) -Icommon -Iplugins/local $(ALL_CFLAGS) -MMD -MP -c -o $@ $<
LINK    = echo "  ld  $@" && $(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.o %.a,$^) -Wl,--as-needed $(LDLIBS)

all: $(VERBS) $(LOCAL) ## build everything into build/ (the default)

$(VERBS): $(BUILD)/%: $(BUILD)/bin/%.o $(BUILD)/libpodline.a
	$(LINK)
$(LOCAL): $(BUILD)/%: $(BUILD)/plugins/local/%.o $(SERVING) $(BUILD)/libpodline.a
	$(LINK) $(SERVER_LIBS)
$(UNITS): $(BUILD)/unit/%: $(BUILD)/tests/unit/%.o $(SERVING) $(BUILD)/libpodline.a
	mkdir -p $(@D)
	$(LINK) $(SERVER_LIBS)
$(BENCHES) $(FUZZERS): $(BUILD)/%: $(BUILD)/tests/%.o $(SERVING) $(BUILD)/libpodline.a
	mkdir -p $(@D)
	$(LINK) $(SERVER_LIBS)

# The tables of the API's types and its OpenAPI documents, made from JSON by two programs of the build itself. HOSTCC is for
# whoever builds for another machine.
HOSTCC  ?= $(CC)
$(BUILD)/gen-%: $(SCHEMA)/%.c $(SCHEMA)/text.c $(SCHEMA)/text.h | $(BUILD)/needs
	mkdir -p $(@D)
	echo "  gen $@" && $(HOSTCC) -D_GNU_SOURCE -std=gnu17 -Wall -Wextra -Werror -O1 -o $@ $(filter %.c,$^) -ljq
$(BUILD)/$(SCHEMA)/types.c: $(BUILD)/gen-tables $(SCHEMA)/types.json
	mkdir -p $(@D)
	$^ >$@.new && mv $@.new $@
$(BUILD)/$(SCHEMA)/documents.c: $(BUILD)/gen-openapi $(SCHEMA)/types.json $(wildcard $(SCHEMA)/*-v1.json)
	mkdir -p $(@D)
	$^ >$@.new && mv $@.new $@
$(BUILD)/$(SCHEMA)/%.o: $(BUILD)/$(SCHEMA)/%.c
	$(COMPILE)

# k knows which verbs are ours; a file that comes or goes changes the folder.
$(BUILD)/bin/k.o: CPPFLAGS += -DPODLINE_VERBS='"$(notdir $(VERBS) $(LOCAL))"'
$(BUILD)/bin/k.o: bin plugins/local

# The program of a pod's sandbox, which runs without any other file; engine_image.c has it in itself.
NODE := plugins/local/node
$(BUILD)/pause: $(NODE)/pause/pause.c | $(BUILD)/needs
	mkdir -p $(@D)
	echo "  cc $@" && $(CC) -Os -Wall -Wextra -Werror -static -nostdlib -ffreestanding -fno-stack-protector -fno-pie \
		-fno-asynchronous-unwind-tables -Wl,--build-id=none,-z,noseparate-code,-z,norelro -s -o $@ $<
$(BUILD)/$(NODE)/engine_image.o: $(BUILD)/pause
$(BUILD)/$(NODE)/engine_image.o: CPPFLAGS += -DNODE_PAUSE='"$(BUILD)/pause"'

$(BUILD)/libpodline.a: $(COMMON)
	rm -f $@ && $(AR) rcs $@ $^
$(BUILD)/%.o: %.c | $(BUILD)/needs
	mkdir -p $(@D)
	$(COMPILE)
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

# A library that is missing is named with its packages, once, before anything is compiled.
$(BUILD)/needs: tests/setup.sh
	sh tests/setup.sh --need build
	mkdir -p $(@D) && touch $@

units: $(UNITS)

check: ## set up what is missing, build, run every test; T=WORD: only files whose name has the word
	sh tests/setup.sh build run engine check
	$(MAKE) all units
	tests/run $(T)

# The same sources, other compilers: each in a folder of its own, so that the usual build stays as it is.
SANITIZE = -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
asan: ## run the unit and pipeline tests under the address and undefined-behaviour sanitizers
	$(MAKE) BUILD=$(BUILD)/asan CFLAGS='$(SANITIZE)' all units
	BUILD=$(BUILD)/asan LIMIT=600 tests/run $(or $(T),tests/unit tests/pipeline)
clang: ## build everything with clang
	$(MAKE) BUILD=$(BUILD)/clang CC=clang all units
fuzz: ## give each reader of outside bytes garbage for SECONDS (60)
	$(MAKE) BUILD=$(BUILD)/fuzzing CC=clang CFLAGS='-O1 -g -fsanitize=fuzzer-no-link,address,undefined' all-fuzzers
	BUILD=$(BUILD)/fuzzing sh tests/fuzz/run $(or $(SECONDS),60) $(T)
all-fuzzers: LDFLAGS += -fsanitize=fuzzer
all-fuzzers: $(FUZZERS)

demo: ## from a fresh machine to a running pod
	sh tests/setup.sh build run engine
	$(MAKE) all
	sh tests/demo.sh $(BUILD)

bench: ## measure against curl, kubectl, SQLite and the engine; T=WORD: only those figures
	sh tests/setup.sh build run engine bench
	$(MAKE) all $(BENCHES)
	BUILD=$(BUILD) sh tests/bench/run $(T)

# What is installed where; uninstall removes the same. Shells look for a completion by the verb's name: each has a link.
BINS    := $(notdir $(VERBS) $(LOCAL))
PAGES   := $(notdir $(wildcard man/*.[1-8]))
VIEWS   := $(notdir $(wildcard plugins/views/*.jq))
ROOT     = $(DESTDIR)$(PREFIX)
BASH    := share/bash-completion/completions
ZSH     := share/zsh/site-functions
FISH    := share/fish/vendor_completions.d
PLACES   = $(BINS:%=bin/%) $(VIEWS:%=libexec/podline/%) $(ZSH)/_podline $(BASH)/podline $(BINS:%=$(BASH)/%) \
	$(FISH)/podline.fish $(BINS:%=$(FISH)/%.fish) \
	$(foreach page,$(PAGES),share/man/man$(subst .,,$(suffix $(page)))/$(page))

install: all ## install below $(DESTDIR)$(PREFIX)
	install -d $(addprefix $(ROOT)/,$(sort $(dir $(PLACES))))
	install -m 755 $(VERBS) $(LOCAL) $(ROOT)/bin
	for page in $(PAGES); do install -m 644 man/$$page $(ROOT)/share/man/man$${page##*.} || exit; done
	for view in $(VIEWS); do install -m 644 plugins/views/$$view $(ROOT)/libexec/podline || exit; done
	install -m 644 completions/podline.bash $(ROOT)/$(BASH)/podline
	install -m 644 completions/podline.fish $(ROOT)/$(FISH)/podline.fish
	sed '1s/.*/#compdef $(BINS)/' completions/_podline >$(ROOT)/$(ZSH)/_podline
	for verb in $(BINS); do \
		ln -sf podline $(ROOT)/$(BASH)/$$verb && ln -sf podline.fish $(ROOT)/$(FISH)/$$verb.fish || exit; done
uninstall: ## remove what install put there
	rm -f $(addprefix $(ROOT)/,$(PLACES))
	rmdir $(ROOT)/libexec/podline 2>/dev/null || true

clean: ## remove what was built
	rm -rf $(BUILD)
help: ## this list
	sed -n 's/^\([a-z]*\):.*## \(.*\)/\1 \2/p' Makefile | while read -r name words; do \
		printf 'make %-10s %s\n' "$$name" "$$words"; done

.PHONY: all units check asan clang fuzz all-fuzzers demo bench install uninstall clean help
