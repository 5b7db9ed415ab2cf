/* delete.h: deletion as upstream does it: grace, finalizers, dependents. Source: k8s.io/apiserver/pkg/registry. */
#pragma once

#include <jv.h>
#include <stdbool.h>

struct kind;
struct request;

int delete_one(struct request *request);
int delete_all(struct request *request);

/* An object on its way out whose last finalizer an update takes away: the update removes it. */
bool delete_ends(const struct kind *kind, jv object, jv old);

/* For an eviction: deletes the pod of the request's name by options (DeleteOptions or null), without an answer: its
 * code stays 0. -1: the answer says why not. */
int delete_by(struct request *request, jv options);
