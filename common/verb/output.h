/* output.h: what a verb prints, in the form that was asked for: as the bytes that came where nobody looks inside. */
#pragma once

#include <jv.h>
#include <stdbool.h>

#include "base/buf.h"
#include "formats/table.h"

struct err;
struct items;
struct loop;

enum output_form { OUTPUT_JSONL, OUTPUT_JSON, OUTPUT_YAML, OUTPUT_NAME, OUTPUT_TABLE, OUTPUT_WIDE, OUTPUT_COLUMNS };
#define OUTPUT_FORMS "jsonl|json|yaml|name|table|wide|custom-columns=..."

/* Where popt puts what was asked for. */
struct output_options {
	char *form;             /* -o; NULL: a table on a terminal, JSON lines elsewhere */
	char *filter;           /* -q */
	int raw;                /* -r: strings without their quotes */
	int events;             /* --events */
	int no_headers;
};

struct output {
	enum output_form form;
	bool raw, events, no_headers;
	bool acts;              /* the table tells what became of which object, in place of the object's fields */
	bool many;              /* more than one object can come: -o json makes a List of them */
	bool live;              /* rows are shown when they come (a watch), not when all are there */
	bool with_namespace;    /* a NAMESPACE column */
	bool with_kind;         /* tables of several kinds: "pod/web" for a name */
	bool started;           /* output_init() is behind us */
	int fd;
	struct filter *filter;
	struct columns *columns;
	struct table table;
	const void *header;     /* of what the table's header is; compared only */
	int *shown;             /* of a server's Table: the indexes of the columns that are shown */
	size_t shown_count;
	size_t count;           /* of printed objects */
	struct buf held;        /* not yet written */
};

/* 0, or -1 (ERR_USAGE: an unknown form, a filter or columns that do not parse). The flags above fd are set after it. */
int output_init(struct output *output, const struct output_options *options, struct err *err);
void output_release(struct output *output);

/* An object with apiVersion and kind, as bytes or as a value (lent). type: what happened to it, "ADDED", "MODIFIED",
 * "DELETED", "UNCHANGED". 0, or -1: the filter failed on this object, or stdout cannot be written. */
int output_bytes(struct output *output, const char *type, struct slice object, struct err *err);
int output_object(struct output *output, const char *type, jv object, struct err *err);

/* A list's item as items_next() gave it. */
int output_item(struct output *output, const char *type, const struct items *items, struct slice item, struct err *err);

/* A server's Table (lent), where output_wants_table(). of: what tells its kind from others (compared only); prefix: put
 * before each name ("pod/"), or NULL. */
int output_table(struct output *output, const char *type, jv table, const void *of, const char *prefix,
	struct err *err);

/* What that Table's columns show of an object that is gone: its name. */
int output_gone(struct output *output, const char *name, struct err *err);

/* "pod/", "deployment.apps/"; the caller frees. */
char *output_prefix(const char *group, const char *kind);

/* True where a server's Table would do: nobody asked for the objects themselves. */
bool output_wants_table(const struct output *output);

/* Ends the process quietly when the reader of stdout goes away, even while nothing is to be written. */
void output_watch_reader(struct output *output, struct loop *loop);

/* Writes what is held: called when nothing more is there to be printed at once. Does not return where the reader of
 * stdout is gone: the process ends as SIGPIPE ends one. */
int output_flush(struct output *output, struct err *err);

/* The end: rows that wait for others, the closing of a List. */
int output_end(struct output *output, struct err *err);
