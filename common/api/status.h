/* status.h: the API's Status as an err. */
#pragma once

#include <jv.h>

#include "base/buf.h"

struct err;

/* err from an HTTP status and its body: a Status, whose message and reason are taken, or whatever a proxy said. what:
 * what was asked for, told where the body says nothing of it. Always -1. */
int status_to_err(int code, struct slice body, const char *what, struct err *err);

/* The same from a Status that came otherwise: an ERROR event of a watch. */
int status_object_to_err(jv status, struct err *err);
