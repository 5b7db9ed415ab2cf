/* persist.h: the last step of a write: into the store, and its bytes into the answer. */
#pragma once

#include <jv.h>
#include <stdbool.h>

struct body;
struct request;

/* Stores object of the request's kind and answers with what is stored. dry_run: answers alone. 0 or -1. */
int persist_put(struct request *request, const char *name, jv *object, bool dry_run, int code);

/* The same without an answer: for writes on the way to another one. */
int persist_store(struct request *request, const char *name, jv *object);

/* Removes it. 0 or -1. */
int persist_remove(struct request *request, const char *name);

/* The stored object as the request's kind has it; owned. */
jv persist_read(const struct request *request, const struct body *body);
