/* json.h: reads JSON bytes piece by piece, for whoever knows what should come next. What is malformed is told in the
 * words of Go's encoding/json, which clients of Kubernetes see; the first fault ends the reading, and every call after
 * it fails the same way, so that callers look at `error` once. */
#pragma once

#include <jv.h>
#include <stdbool.h>

#include "base/buf.h"
#include "base/scoped.h"

struct json {
	const char *at, *end;
	char *error; /* NULL, or what is malformed */
	unsigned depth;
	struct buf text; /* of the last string that had escapes */
};

struct json json_of(struct slice bytes); /* bytes are lent */
void json_release(struct json *json);

/* What comes next: '{', '[', '"', '0' for a number, 't' or 'f', 'n' for null; 0 after a fault. */
char json_peek(struct json *json);

/* for (json_open(j, '{'); json_key(j, &key);) { read or skip the value }
 * for (json_open(j, '['); json_item(j);) { read or skip the value }
 * False after the last one, which is read away, and after a fault. key is lent until the next string is read. */
void json_open(struct json *json, char bracket);
bool json_key(struct json *json, struct slice *key);
bool json_item(struct json *json);

struct slice json_string(struct json *json); /* without quotes and escapes; lent until the next string is read */
struct slice json_number(struct json *json); /* as it is spelled */
void json_skip(struct json *json);	     /* any value */
jv json_value(struct json *json);	     /* any value; owned; invalid after a fault */

double json_double(struct slice number); /* of what json_number() lent */

/* Nothing but blanks may be left. */
void json_finish(struct json *json);

/* All of it. 0 and *value, or -1 and *error, which the caller frees. */
int json_parse(struct slice bytes, jv *value, char **error);
