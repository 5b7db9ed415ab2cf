/* writing.h: how a write is meant: its query, checked as upstream does. Source: k8s.io/apimachinery/pkg/apis/meta/v1/
 * validation. */
#pragma once

#include <stdbool.h>

#include "api/decode.h"
#include "api/managed.h"
#include "base/scoped.h"

struct request;

struct writing {
	bool dry_run, force;
	bool applied;                   /* by server-side apply, which keeps its own books */
	enum strictness strictness;
	struct manager manager;
	char *manager_name, *time;      /* what manager lends */
	struct strs warnings;           /* become headers of the answer */
};

/* options: "CreateOptions", "UpdateOptions", "PatchOptions". 0; -1: the answer says 422. */
int writing_init(struct writing *writing, struct request *request, const char *options);
void writing_release(struct writing *writing);

/* Decodes the request's body as what kind says. 0 and *object, owned; -1: the answer says why not. */
int writing_decode(struct writing *writing, struct request *request, const struct kind *kind, jv *object);

/* Takes the body as bytes: the answer says 413 or 415 where it cannot. */
int writing_body(struct request *request, bool *yaml);

/* The warnings so far become headers of the answer. */
void writing_warn(struct writing *writing, struct request *request);
