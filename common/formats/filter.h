/* filter.h: a jq program, run on one value after the other inside the process. */
#pragma once

#include <jv.h>

#include "base/scoped.h"
#include "base/strs.h"

struct err;
struct filter;

/* paths: folders of jq modules, first come first served; NULL: none. args: an object of $names, lent; jv_null(): none.
 * A view is a module NAME.jq that defines NAME ("def failing: …;"): each word of the program that names a file in paths
 * is included before it, so 'failing' and 'failing | .metadata.name' are whole programs.
 * 0, or -1: err (ERR_USAGE) has the compiler's first complaint as one line. */
int filter_new(const char *program, const struct strs *paths, jv args, struct filter **filter, struct err *err);
void filter_free(struct filter *filter);
SCOPED_PTR(filter)

/* Runs it over input (lent). each is called with every result (lent) and ends the run by going below 0, err being its
 * own. 0, or -1: a runtime error, with jq's words; results before it were handed out. Either way the next input may be
 * run. */
int filter_run(struct filter *filter, jv input, int (*each)(void *arg, jv result, struct err *err), void *arg,
	struct err *err);

/* true: the program gave a last value that is neither null nor false (kwait's predicates). 1, 0 or -1. */
int filter_test(struct filter *filter, jv input, struct err *err);
