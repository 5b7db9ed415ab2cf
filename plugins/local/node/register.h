/* register.h: the Node object and its Lease: made when the node comes up, kept true while it is. */
#pragma once

#include "base/scoped.h"

struct agent;
struct registration;

/* registered is called once, when the API has the Node. */
struct registration *registration_new(struct agent *agent, void (*registered)(void *arg), void *arg);
void registration_free(struct registration *registration);
SCOPED_PTR(registration)

/* Something that the Node's status tells may be another: the runtime came or went, an image. */
void registration_touch(struct registration *registration);
