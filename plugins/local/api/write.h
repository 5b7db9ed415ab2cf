/* write.h: create, update, patch. Each fills the request's answer; -1 where that is a failure, or where it has to wait.
 */
#pragma once

#include <jv.h>

struct body;
struct request;
struct writing;

int write_create(struct request *request);
int write_update(struct request *request);
int write_patch(struct request *request);

/* What a patch makes of live, of the type that the request's Content-Type names: decoded. 0 and *object, owned; -1.
 * live is null where nothing is there: only an apply makes something of that. */
int write_patched(struct request *request, struct writing *writing, jv live, jv *object);

/* What became of a change. */
enum written {
	WRITTEN_STORED,
	WRITTEN_SAME,           /* nothing differs: nothing was written */
	WRITTEN_DRY,
	WRITTEN_GONE,           /* the last finalizer of an object on its way out */
};

/* Puts object, decoded, in the place of old, which is stored as body: through defaults, bookkeeping and validation. No
 * answer where it went well. 0 or -1. */
int write_change(struct request *request, struct writing *writing, const struct body *body, jv old, jv *object,
	enum written *written);
