/* invalid.h: what is wrong with an object, field by field, as upstream's field.ErrorList.
 * Source: k8s.io/apimachinery/pkg/util/validation/field/errors.go. */
#pragma once

#include <jv.h>
#include <stdbool.h>

#include "base/scoped.h"

struct causes {
	jv list;                /* array of {reason, message, field}; zero is ready for use */
	bool any;
};
void causes_release(struct causes *causes);

/* reason: "FieldValueInvalid", "FieldValueRequired", "FieldValueNotSupported", "FieldValueForbidden",
 * "FieldValueDuplicate", "FieldValueTooLong", "FieldValueTypeInvalid", … ; the message is made with upstream's words
 * ('Invalid value: "x": detail'). value is borrowed; detail may be NULL. */
void causes_add(struct causes *causes, const char *reason, const char *field, jv value, const char *detail);

/* The Status of code 422: reason Invalid, message and details. name may be "". Owned. */
jv causes_status(const struct causes *causes, const char *group, const char *kind, const char *name);
