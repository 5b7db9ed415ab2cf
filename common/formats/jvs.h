/* jvs.h: libjq's jv as podline uses it. Ours borrow a jv (libjq's own functions consume theirs); what they return is
 * the caller's, to be given back with scoped(jv). Paths are dotted: "metadata.name"; a key that has dots itself is
 * asked with jvs_at(). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <jv.h>

#include "base/buf.h"
#include "base/scoped.h"

struct err;

static inline void jv_release(jv *value)
{
	jv_free(*value);
}

/* Parses exactly one JSON value of at most 2 GiB. 0 and *value, or -1 (err says where; *value is jv_null()). */
int jvs_parse(struct slice text, jv *value, struct err *err);

/* Appends it compact. */
void jvs_print(jv value, struct buf *to);

jv jvs_at(jv object, const char *key);                  /* null where it is none; owned */
jv jvs_get(jv value, const char *path);                 /* the same along a path */
bool jvs_is(jv value, jv_kind kind);
const char *jvs_text(jv value);                         /* "" where it is no string; lent, as long as value lives */
char *jvs_get_text(jv value, const char *path);         /* NULL where it is no string; the caller frees */
bool jvs_get_is(jv value, const char *path, const char *text);
int64_t jvs_get_int(jv value, const char *path, int64_t otherwise);
bool jvs_get_bool(jv value, const char *path, bool otherwise);

/* In place. jvs_set makes what objects are missing on the way; they take child. */
void jvs_put(jv *object, const char *key, jv child);
void jvs_set(jv *value, const char *path, jv child);
void jvs_set_text(jv *value, const char *path, const char *text);
void jvs_set_int(jv *value, const char *path, int64_t number);
void jvs_remove(jv *value, const char *path);           /* nothing there is fine */

bool jvs_equal(jv a, jv b);
jv jvs_diff(jv from, jv to);                            /* the merge patch (RFC 7386) that makes to of from */

/* An object from keys and values, which are taken: jvs_object("a", jv_true(), "b", jv_null(), NULL). */
jv jvs_object(const char *key, ...) __attribute__((sentinel));

/* for (size_t i = 0; ...) over an array: the i-th item, owned; its length. 0 for what is no array. */
int jvs_len(jv array);
jv jvs_item(jv array, int index);
