/* ownership.h: what updates and applies share when they say who owns what. */
#pragma once

#include <jv.h>

struct comparison;
struct kind;
struct managers;
struct owner;

/* Takes from set the fields that tell which object it is: nobody owns these. */
void ownership_strip(jv *set);

/* And what a write through the subresource ("" is the main resource) does not change. */
void ownership_drop_resets(const struct kind *kind, const char *subresource, jv *set);

/* What such a write changed. */
void ownership_compare(const struct kind *kind, const char *subresource, jv old, jv object, struct comparison *changes);

/* All but self (NULL: all) lose what was changed or removed. */
void ownership_take(struct managers *managers, const struct owner *self, const struct comparison *changes);
