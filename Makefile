# podline: build, check, install. `make help` lists the targets.
PREFIX  ?= /usr/local
DESTDIR ?=
BUILD   ?= build
CFLAGS  ?= -O2 -g
VERSION := 0.1.0

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

# Debian and Fedora install jq.h without a .pc file.
CPPFLAGS += -D_GNU_SOURCE -DPODLINE_VERSION='"$(VERSION)"' -DPODLINE_PREFIX='"$(PREFIX)"'
CPPFLAGS += $(shell pkg-config --cflags $(CLIENT) $(SERVER) 2>/dev/null)
ALL_CFLAGS = -std=gnu17 -Wall -Wextra -Werror -fno-common $(CFLAGS)
LDLIBS  += $(shell pkg-config --libs $(CLIENT) 2>/dev/null) -ljq
SERVER_LIBS = $(shell pkg-config --libs $(SERVER) 2>/dev/null)

all: $(VERBS) $(LOCAL)

$(VERBS): $(BUILD)/%: $(BUILD)/bin/%.o $(BUILD)/libpodline.a
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -Wl,--as-needed $(LDLIBS)
$(LOCAL): $(BUILD)/%: $(BUILD)/plugins/local/%.o $(SERVING) $(BUILD)/libpodline.a
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -Wl,--as-needed $(LDLIBS) $(SERVER_LIBS)
$(UNITS): $(BUILD)/unit/%: $(BUILD)/tests/unit/%.o $(SERVING) $(BUILD)/libpodline.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -Wl,--as-needed $(LDLIBS) $(SERVER_LIBS)

# The tables of the API's types and its OpenAPI documents, made from JSON by two programs of the build itself. HOSTCC is for
# whoever builds for another machine.
HOSTCC  ?= $(CC)
$(BUILD)/gen-%: $(SCHEMA)/%.c $(SCHEMA)/text.c $(SCHEMA)/text.h
	@mkdir -p $(@D)
	$(HOSTCC) -D_GNU_SOURCE -std=gnu17 -Wall -Wextra -Werror -O1 -o $@ $(filter %.c,$^) -ljq
$(BUILD)/$(SCHEMA)/types.c: $(BUILD)/gen-tables $(SCHEMA)/types.json
	@mkdir -p $(@D)
	$^ >$@.new && mv $@.new $@
$(BUILD)/$(SCHEMA)/documents.c: $(BUILD)/gen-openapi $(SCHEMA)/types.json $(wildcard $(SCHEMA)/*-v1.json)
	@mkdir -p $(@D)
	$^ >$@.new && mv $@.new $@
$(BUILD)/$(SCHEMA)/%.o: $(BUILD)/$(SCHEMA)/%.c
	$(CC) $(CPPFLAGS) -Icommon -Iplugins/local $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/libpodline.a: $(COMMON)
	rm -f $@ && $(AR) rcs $@ $^
$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) -Icommon -Iplugins/local $(ALL_CFLAGS) -MMD -MP -c -o $@ $<
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

clean:
	rm -rf $(BUILD)

.PHONY: all clean
