/* fieldwalk.h: values of a type, field by field, as server-side apply sees them: lists with keys by item, sets by
 * value, what is atomic as one. Source: sigs.k8s.io/structured-merge-diff/typed. */
#pragma once

#include <jv.h>

struct schema;
struct strs;

/* Every field of value that can have an owner. */
jv fieldwalk_set(const struct schema *schema, jv value);

/* What differs; to be released. */
struct comparison {
	jv added, modified, removed;
};
void fieldwalk_compare(const struct schema *schema, jv old, jv value, struct comparison *comparison);
void comparison_release(struct comparison *comparison);

/* config put over live; lists with keys keep live's order as far as config does not say otherwise. */
jv fieldwalk_merge(const struct schema *schema, jv live, jv config);

/* value without what set names; what becomes empty by that is null. */
jv fieldwalk_remove(const struct schema *schema, jv value, jv set);

/* What is wrong with an applied configuration, a line each: '.spec.foo: field not declared in schema'. */
void fieldwalk_check(const struct schema *schema, jv value, struct strs *faults);
