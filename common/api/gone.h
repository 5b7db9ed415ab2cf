/* gone.h: waits until deleted objects are really gone: their uid, not their name. However many there are, one watch for
 * each kind and namespace, as metadata only; holds no object. */
#pragma once

#include <stddef.h>

#include "base/scoped.h"

struct client;
struct err;
struct gone;
struct resource;

/* client is lent and must outlive it. */
struct gone *gone_new(struct client *client);
void gone_free(struct gone *gone);      /* calls nobody back */
SCOPED_PTR(gone)

/* done comes from the loop, once: err is empty where the object with this uid is gone, else says why that cannot be
 * known (lent). resource and arg are lent, the strings are copied. ns: NULL for a kind without namespaces. */
void gone_wait(struct gone *gone, const struct resource *resource, const char *ns, const char *name, const char *uid,
	void (*done)(void *arg, struct err *err), void *arg);
