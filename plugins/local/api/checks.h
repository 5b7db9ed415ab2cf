/* checks.h: what is asked of one field of an object: the words of which validation is made. object is what the field is
 * in, at where that stands; a field that is not there is fine unless it is said to be needed. */
#pragma once

#include <jv.h>
#include <stdbool.h>

#include "api/invalid.h"
#include "api/names.h"

void check_needed(jv object, const char *field, const struct at *at, struct causes *causes);
void check_not_negative(jv object, const char *field, const struct at *at, struct causes *causes);
void check_above_zero(jv object, const char *field, const struct at *at, struct causes *causes);
void check_between(jv object, const char *field, long low, long high, const struct at *at, struct causes *causes);
void check_name(
	jv object, const char *field, enum name_rule rule, bool needed, const struct at *at, struct causes *causes);
void check_choice(jv object, const char *field, const char *const *supported, bool needed, const struct at *at,
	struct causes *causes);
void check_port_or_name(jv object, const char *field, const struct at *at, struct causes *causes);

/* at is the field's own place here. */
void check_percent_or_count(jv value, const struct at *at, struct causes *causes);
void check_labels(jv labels, const struct at *at, struct causes *causes);
void check_annotations(jv annotations, const struct at *at, struct causes *causes);
void check_selector(jv selector, const struct at *at, struct causes *causes);
void check_same(jv value, jv old, const struct at *at, struct causes *causes); /* "field is immutable" */
