/* typed.h: values of a type of the table, in the form in which upstream's types give them back: what decode() and the
 * patches are made of. */
#pragma once

#include <jv.h>
#include <stdbool.h>

#include "base/buf.h"
#include "base/strs.h"

struct schema;

/* The JSON in body as a value of schema; null gives its zero value. Unknown and duplicate fields are told, unless told
 * is NULL. 0 and *object, owned; or -1 and *error, in the words of Go's encoding/json or of the type's own reader, and
 * what could be read in *object; malformed: it is no JSON. The caller frees *error. */
int typed_decode(
	const struct schema *schema, struct slice body, struct strs *told, jv *object, bool *malformed, char **error);

/* What Go writes for a value that was not given. Owned. */
jv typed_zero(const struct schema *schema);

/* Adds the fields that Go writes though they were not given. Takes object and gives it back. */
jv typed_fill(jv object, const struct schema *schema);
