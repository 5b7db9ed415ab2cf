/* ref.h: which objects the user means: KIND NAME…, KIND/NAME…, KIND with a selector or --all, files, stdin. */
#pragma once

#include <stdbool.h>

#include "base/buf.h"
#include "base/strs.h"
#include "verb/source.h"

struct err;
struct resource;
struct loop;

/* Where popt puts what was asked for. */
struct ref_options {
	char *ns, *labels, *fields;
	char **files;
	int all_namespaces, all;
};

/* One object, or a collection, with its kind known to the server. All of it is lent. */
struct ref {
	const struct resource *resource;
	const char *ns;                 /* NULL: the kind has none, or all of them */
	const char *name;               /* NULL: a collection */
	const char *labels, *fields;    /* of a collection; NULL: everything */
	const char *uid;                /* where it came as an object */
	struct slice object;            /* that object's bytes; none where it was named */
};

/* The same as it was said: kind is a word (plural, short name, KIND.GROUP), or with api_version an object's kind. */
struct said {
	const char *kind, *api_version;
	const char *ns, *name, *uid;
	struct slice object;
};

/* What was said, in order. Zero is nothing. */
struct refs {
	struct strs kinds, names;       /* pairs; a name "" is the collection */
	size_t next;
	struct source source;           /* after the pairs */
	struct strs held;               /* the strings of the last one from source */
};

/* From the words and options. kind: what bare names are of, or NULL; acts: nothing named means stdin, and never all.
 * loop is turned while stdin has nothing. 0, or -1 (ERR_USAGE mostly). */
int refs_plan(struct refs *refs, const struct strs *words, const struct ref_options *options, const char *kind,
	bool acts, struct loop *loop, struct err *err);

bool refs_are_one(const struct refs *refs);             /* one name or one collection */
bool refs_are_many(const struct refs *refs);            /* more than one object can come of it */
bool refs_are_mixed(const struct refs *refs);           /* of more than one kind */

/* 1: the next one, lent until the next call; 0: no more; -1: err tells what is wrong with it; go on with the next. */
int refs_next(struct refs *refs, struct said *said, struct err *err);
void refs_release(struct refs *refs);
