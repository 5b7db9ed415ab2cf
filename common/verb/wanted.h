/* wanted.h: what an object is waited for to become, and whether it still can. */
#pragma once

#include <jv.h>

#include "base/scoped.h"
#include "base/strs.h"

struct err;
struct wanted;

/* "ready", "available", "complete", "deleted" ("delete"), "condition=TYPE[=STATUS]", or a jq filter (views: folders of
 * its modules). 0, or -1 (ERR_USAGE). */
int wanted_parse(const char *text, const struct strs *views, struct wanted **wanted, struct err *err);
void wanted_free(struct wanted *wanted);
SCOPED_PTR(wanted)

bool wanted_is_deleted(const struct wanted *wanted);    /* it waits for the object to go */

/* object is lent. 1: it is so; 0: not yet; -1: err, with ERR_HOPELESS where it can no longer become so. */
int wanted_test(const struct wanted *wanted, jv object, struct err *err);
