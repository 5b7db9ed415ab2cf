/* fieldset.h: sets of fields, as managedFields tells them. A set is a jv object shaped as fieldsV1 is: keys are steps
 * ("f:NAME" a field or key of a map, "k:{…}" an item by its keys, "v:…" an item by its value), values the sets below; here
 * each member says so with a "." of its own (fieldsV1 leaves it out where nothing is below).
 * Source: sigs.k8s.io/structured-merge-diff/fieldpath. */
#pragma once

#include <jv.h>
#include <stdbool.h>

#include "base/buf.h"

struct schema;

bool fieldset_is_empty(jv set);
bool fieldset_has_self(jv set);                         /* what it is the set of is a member itself */
jv fieldset_below(jv set, const char *step);            /* owned; the empty set where nothing is there */

/* All borrow and give a set of their own. */
jv fieldset_union(jv a, jv b);
jv fieldset_difference(jv a, jv b);
jv fieldset_intersection(jv a, jv b);
jv fieldset_without(jv a, jv b);                        /* difference, and what lies below b's members goes too */

/* Adds the structs' fields that lie on the way to members. */
jv fieldset_with_parents(jv set, const struct schema *schema);

/* In place. The child is taken and left out where it is empty. */
void fieldset_put(jv *set, const char *step, jv child);
void fieldset_add_self(jv *set);

/* metadata.managedFields[].fieldsV1. */
jv fieldset_read(jv fields);
jv fieldset_print(jv set);

/* Calls back for each member, as upstream counts them: those of one level first, in order. text: ".spec.containers[name="a"]" */
void fieldset_each(jv set, void (*member)(const char *text, void *arg), void *arg);

/* The steps to items of a list; the caller frees. keys is an object of the keys' values. */
char *fieldset_item_step(jv keys);
char *fieldset_value_step(jv value);
char *fieldset_field_step(const char *name);

/* Appends a step as upstream writes it in texts: .name, [name="a"], [="x"]. */
void fieldset_print_step(const char *step, struct buf *to);
