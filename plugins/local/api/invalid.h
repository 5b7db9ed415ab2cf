/* invalid.h: what is wrong with an object, field by field, as upstream's field.ErrorList.
 * Source: k8s.io/apimachinery/pkg/util/validation/field/errors.go. */
#pragma once

#include <jv.h>
#include <stdbool.h>

#include "base/scoped.h"

struct causes {
	jv list; /* array of {reason, message, field}; zero is ready for use */
};
bool causes_any(const struct causes *causes);
void causes_release(struct causes *causes);

/* A place in an object, on the stack of whoever descends into it; its text is made only where something is wrong.
 * at_item(at_field(at_field(NULL, "spec"), "containers"), 0) reads spec.containers[0]. */
struct at {
	const struct at *up;
	const char *name; /* ".name"; or NULL: */
	const char *key;  /* "[key]"; or NULL: */
	int index;	  /* "[index]" */
};
#define at_field(above, field) (&(const struct at){ .up = (above), .name = (field) })
#define at_key(above, text) (&(const struct at){ .up = (above), .key = (text) })
#define at_item(above, number) (&(const struct at){ .up = (above), .index = (number) })
char *at_text(const struct at *at); /* the caller frees */

/* Each adds one cause with upstream's words; value is borrowed; required() takes NULL for no detail. */
void invalid(struct causes *causes, const struct at *at, jv value, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
void required(struct causes *causes, const struct at *at, const char *detail);
void forbidden(struct causes *causes, const struct at *at, const char *detail);
void duplicate(struct causes *causes, const struct at *at, jv value);
void not_found(struct causes *causes, const struct at *at, jv value);
void unsupported(struct causes *causes, const struct at *at, jv value, const char *const *supported); /* NULL-ended */
void too_long(struct causes *causes, const struct at *at, int max);				      /* bytes */
void too_many(struct causes *causes, const struct at *at, int count, int max);

/* What a Status of code 422 says: its message (the caller frees) and its details (owned). group and name may be "". */
char *causes_message(const struct causes *causes, const char *group, const char *kind, const char *name);
jv causes_details(const struct causes *causes, const char *group, const char *kind, const char *name);

/* The Status of code 422: reason Invalid, message and details. name may be "". Owned. */
jv causes_status(const struct causes *causes, const char *group, const char *kind, const char *name);
