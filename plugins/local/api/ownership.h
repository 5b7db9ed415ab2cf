/* ownership.h: what updates and applies share when they say who owns what. */
#pragma once

#include <jv.h>

struct comparison;
struct kind;
struct managers;
struct owner;

/* set without what nobody owns: the fields that tell which object it is, and those that a write through the subresource
 * ("" is the main resource) does not change. Owned. */
jv ownership_strip(const struct kind *kind, const char *subresource, jv set);
jv ownership_without_resets(const struct kind *kind, const char *subresource, jv set);

/* All but self (NULL: all) lose what was changed or removed. */
void ownership_take(struct managers *managers, const struct owner *self, const struct comparison *changes);
