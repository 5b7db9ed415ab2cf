/* list.h: objects of one kind, one after the other: a list in pages (the next is asked for while this one is read),
 * then, if wanted, the watch that follows it. Whoever reads sees neither pages nor connections: a watch that the
 * server closes goes on from its version, one that is too old (410) is listed again, and what was told before is not
 * told again. Memory is bounded: a server that is faster than the reader has to wait. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/scoped.h"

struct client;
struct err;
struct items;

/* What to list. All of it is lent and must outlive the stream. */
struct stream_options {
	const char *group, *version, *plural;
	const char *ns;                 /* NULL: all, or the kind has none */
	const char *name;               /* this object alone, NotFound where it is not there; NULL: a collection */
	const char *labels, *fields;    /* selectors, or NULL */
	bool watch;                     /* go on after the list */
	bool marks;                     /* tell where the first list ended (LISTED) */
	bool relists;                   /* tell each list whole, from LISTING to LISTED, in place of the difference */
	int page;                       /* objects a request; 0: 500 at first, later more */
	int64_t timeout_ms;             /* how long a list may say nothing; 0: no limit */
	int64_t patience_ms;            /* how long a watch is tried in vain; 0: 60 s; below 0: for ever, lists too */
	void (*failed)(void *arg, const struct err *err);       /* told of what is tried again; NULL: nobody */
	void *arg;
};

enum stream_type { STREAM_ADDED, STREAM_MODIFIED, STREAM_DELETED, STREAM_LISTING, STREAM_LISTED };
const char *stream_type_text(enum stream_type type);    /* "ADDED" …: the API's words */

struct stream_event {
	enum stream_type type;          /* a list's items are ADDED when they are new; LISTED: object is none */
	struct slice object;            /* byte for byte */
	const struct items *items;      /* whose item it is, so without apiVersion and kind; NULL: it has them */
};

/* Appends the event's object compact, on one line (without the newline), with apiVersion and kind. */
void stream_event_print(const struct stream_event *event, struct buf *to);

struct stream;

/* client and options are lent and must outlive it. Nothing is asked yet. */
struct stream *stream_new(struct client *client, const struct stream_options *options);
void stream_free(struct stream *stream);
SCOPED_PTR(stream)

/* Turns the loop until there is something. 1: an event, borrowed until the next call; 0: the list has ended (never with
 * watch); -1: err, and there will be no more. deadline_ms is clock_ms()'s, 0 for none: past it -1 with ERR_TIMEOUT, and
 * it may be asked again. A DELETED whose object went while nobody watched has only its apiVersion, kind and metadata's
 * name, namespace, uid and last known resourceVersion. */
int stream_next(struct stream *stream, struct stream_event *event, int64_t deadline_ms, struct err *err);

/* The same without waiting: 0 where there is nothing yet; ready is called from the loop when it is worth to ask again.
 * */
int stream_poll(struct stream *stream, struct stream_event *event, struct err *err);
void stream_on_ready(struct stream *stream, void (*ready)(void *arg), void *arg);
bool stream_ended(const struct stream *stream);

/* The resourceVersion up to which everything was told, "" before the first list has ended. Lent until the next call. */
const char *stream_version(const struct stream *stream);
