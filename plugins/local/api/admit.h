/* admit.h: what a new object finds on its way in: its namespace, and whatever its kind's hooks look for in the store.
 */
#pragma once

#include <jv.h>

#include "api/kind.h"

struct request;

/* The namespace must be there, and not on its way out. 0; -1: the answer says why not. */
int admit_namespace(struct request *request, const char *name);

/* A finder over the store; its arg is admission, which must outlive it. */
struct admission {
	struct request *request;
	bool missed_default;    /* an account that a controller is about to make was not there */
};
struct finder admit_finder(struct admission *admission, struct request *request);

/* After a hook refused: whether to wait for what was not there yet. Then the answer has no code. */
bool admit_waits(struct admission *admission);
