/* times.h: metav1.Time and metav1.MicroTime as JSON has them. */
#pragma once

#include <stdbool.h>

/* The time in its canonical spelling (UTC, whole seconds; or micro: six digits of a second), or NULL and *error in the
 * words of Go's time.Parse. The caller frees both. */
char *times_canonical(const char *text, bool micro, char **error);
