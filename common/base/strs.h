/* strs.h: a growing list of owned strings, always ended by NULL once something is in it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/scoped.h"

struct strs {
	char **at;
	size_t len;
};

void strs_add(struct strs *strs, const char *text);                     /* copies */
void strs_take(struct strs *strs, char *text);                          /* takes text */
void strs_printf(struct strs *strs, const char *format, ...) __attribute__((format(printf, 2, 3)));
void strs_split(struct strs *strs, const char *text, char separator);   /* empty parts are left out */
void strs_sort(struct strs *strs);                                      /* by bytes */
bool strs_has(const struct strs *strs, const char *text);
char *strs_join(const struct strs *strs, const char *separator);        /* the caller frees */

/* The one that word was probably meant to be: a third of its letters wrong at most, or the beginning of it. Lent; NULL:
 * none. */
const char *strs_nearest(const struct strs *strs, const char *word);
void strs_release(struct strs *strs);
