/* fieldset.h: sets of fields, as managedFields tells them, as jv: null is the empty set, true a member with nothing
 * below it, an object what lies below: its keys are steps ("f:NAME" a field or key of a map, "k:{…}" an item by its
 * keys, "v:…" an item by its value), its values sets; a "." says that the object is a member itself. Source:
 * sigs.k8s.io/structured-merge-diff/fieldpath. */
#pragma once

#include <jv.h>
#include <stdbool.h>

#include "base/buf.h"

struct schema;

bool fieldset_is_empty(jv set);
bool fieldset_has_self(jv set);	    /* what it is the set of is a member itself */
jv fieldset_below(jv set, jv step); /* step is lent; owned */

/* All borrow and give a set of their own. */
jv fieldset_union(jv a, jv b);
jv fieldset_difference(jv a, jv b);
jv fieldset_intersection(jv a, jv b);

/* Adds the structs' fields that lie on the way to members. */
jv fieldset_with_parents(jv set, const struct schema *schema);

/* In place; step and child are taken. What is empty leaves nothing. */
void fieldset_put(jv *set, jv step, jv child);
void fieldset_add_self(jv *set);
void fieldset_drop(jv *set, const char *step); /* with all below it */

/* metadata.managedFields[].fieldsV1. */
jv fieldset_read(jv fields);
jv fieldset_print(jv set);

/* Calls back for each member, as upstream counts them: those of one level first, in order. text:
 * '.spec.containers[name="a"]' */
void fieldset_each(jv set, void (*member)(const char *text, void *arg), void *arg);

/* A step to a field or key of a map; the name is lent. Owned. */
jv fieldset_step(jv name);

/* Appends a step as upstream writes it in texts: .name, [name="a"], [="x"]. */
void fieldset_print_step(const char *step, struct buf *to);
