/* peek.h: looks at an object's bytes for what says which object it is; builds no tree. Slices lie between the quotes,
 * with escapes left as they are (names have none); none (at NULL) where the field is not there or no string. */
#pragma once

#include "base/buf.h"

struct err;

struct peek {
	struct slice api_version, kind;
	struct slice name, ns, uid, version;    /* of metadata; version is its resourceVersion */
	bool deleting;                          /* metadata.deletionTimestamp is there */
};

/* The bytes are one whole object as lines.h gives it. Reading ends as soon as apiVersion, kind and metadata were seen,
 * so most of an object is never looked at. 0, or -1 (err) where it is malformed before that. */
int peek_object(struct slice object, struct peek *peek, struct err *err);

/* A watch event, or a line of --events: {"type":T,"object":{…}} with nothing else in it. 1: it is, type and object are
 * set; 0: it is a plain object, and object is all of it, type none; -1: malformed. */
int peek_event(struct slice line, struct slice *type, struct slice *object, struct err *err);

/* The value of a top-level key, whatever it is, as its bytes; none where it is not there. */
struct slice peek_value(struct slice object, const char *key);

/* A string's text with its escapes undone; the caller frees. */
char *peek_text(struct slice inside_quotes);
