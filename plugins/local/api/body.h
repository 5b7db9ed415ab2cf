/* body.h: an object as it is stored: bytes that are made once and shared by the store, the log of changes, lists and
 * watches. They are the object without kind and apiVersion (as items of a list are), metadata first; what selectors ask
 * for stands beside them, so that nobody has to parse. */
#pragma once

#include <jv.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/scoped.h"

struct kind;

struct body {
	unsigned refs;
	uint32_t len;                           /* of the object in at[] */
	uint32_t version_at, version_len;       /* where the digits of its resourceVersion stand */
	uint32_t metadata_len;                  /* of metadata's value, which begins at BODY_METADATA */
	uint32_t facts_len; /* behind the object: field values, then label keys and values, NUL-ended */
	uint64_t version;
	char at[];
};
#define BODY_METADATA ((uint32_t)12)            /* behind {"metadata": */

/* From an object whose metadata.resourceVersion is set (but of a dry run). One reference, the caller's. */
struct body *body_new(const struct kind *kind, jv object);

/* From what was stored before. NULL where the bytes are none of ours. */
struct body *body_load(struct slice object, struct slice facts);

/* The same object under another version, as a watch tells of its end. */
struct body *body_with_version(const struct body *body, uint64_t version);

struct body *body_ref(struct body *body);       /* gives body, which may be NULL, back */
void body_unref(struct body *body);
static inline void body_release(struct body **at)
{
	body_unref(*at);
}

struct slice body_object(const struct body *body);      /* {"metadata":…} */
struct slice body_metadata(const struct body *body);    /* the value of metadata */
struct slice body_facts(const struct body *body);
const char *body_name(const struct body *body);
const char *body_namespace(const struct body *body);    /* "" where it has none */

/* The value of the kind's selectable field; what it stands for where it is missing. */
const char *body_field(const struct body *body, size_t index);
const char *body_label(const struct body *body, const struct kind *kind, const char *key);      /* NULL: none */

/* The whole object as JSON of its kind, for whoever has to look inside. */
jv body_parse(const struct body *body, const struct kind *kind);
