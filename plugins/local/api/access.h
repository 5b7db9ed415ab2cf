/* access.h: who may do what: members of system:masters everything, everybody else nothing but to look at what the
 * server is. */
#pragma once

#include <stdbool.h>

#include "base/strs.h"

struct request;
struct user;

bool access_is_admin(const struct strs *groups);

/* Takes Impersonate-User and its kin into account: user becomes whom it stands for. 0; -1: the answer says why not. */
int access_impersonate(struct request *request, const char *user, const char *uid, const struct strs *groups);

/* 0; -1: the answer says 403. verb: upstream's word. */
int access_check(struct request *request, const char *verb);

/* A user's verdict by itself, for reviews. path: of what is no resource, or NULL. */
bool access_allows(const struct strs *groups, const char *path, const char *verb);
