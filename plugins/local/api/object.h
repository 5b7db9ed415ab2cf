/* object.h: what every object has, whatever its kind: names, identities, times. */
#pragma once

#include <jv.h>
#include <stdbool.h>
#include <stdint.h>

struct kind;

char *object_uid(void);                 /* random, from the kernel; the caller frees */
char *object_now(void);                 /* RFC 3339; the caller frees */
char *object_time(int64_t in_seconds);  /* the same, that far from now */

/* metadata.KEY as text; NULL where it is none. The caller frees. */
char *object_meta(jv object, const char *key);
void object_set_meta(jv *object, const char *key, jv value);   /* takes value */
bool object_has_meta(jv object, const char *key);

/* Copies metadata.KEY from from, or takes it away where from has none. */
void object_keep_meta(jv *object, jv from, const char *key);

/* Whether something that generation counts differs: all but metadata and status. */
bool object_spec_differs(jv a, jv b);

/* metadata.resourceVersion: 0 and 0 where it is not there; -1 where it is no number. */
int object_version(jv object, uint64_t *version);
