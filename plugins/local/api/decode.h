/* decode.h: from bytes to an object of a kind, in the form that upstream's types give it: unknown fields and nulls
 * dropped, times and quantities in their canonical spelling, zero values there or not there as Go writes them. */
#pragma once

#include <jv.h>
#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/strs.h"

struct kind;

/* What becomes of unknown and duplicate fields: ?fieldValidation=. */
enum strictness {
	STRICT_IGNORE,
	STRICT_WARN,   /* upstream's default: told, one warning each: 'unknown field "spec.foo"' */
	STRICT_REFUSE, /* 400 */
};

/* 0 and *object, owned; or -1, and err is the answer's code (400), reason and words. apiVersion and kind are taken to
 * be the kind's where they are missing. warnings may be NULL with STRICT_IGNORE and STRICT_REFUSE. A row that is no
 * resource works too (Scale, Eviction, DeleteOptions): group, version, kind and schema are read. */
int decode(const struct kind *kind, struct slice body, bool yaml, enum strictness strictness, jv *object,
	struct strs *warnings, struct err *err);

/* What STRICT_REFUSE says of what was told, or NULL. The caller frees. */
char *decode_strict_error(enum strictness strictness, const struct strs *told);
