/* request.h: one request and its answer, apart from how they travel (serve.h does that). */
#pragma once

#include <jv.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/scoped.h"
#include "base/strs.h"

struct kind;
struct source;
struct store;
struct subresource;
struct watches;

/* What all requests share. */
struct login;
struct api {
	struct store *store;
	struct watches *watches;
	const struct login *login;
	const char *address;            /* "127.0.0.1:PORT", for those who ask where we are */
	int64_t since;                  /* when this process began: seconds since 1970 */
};

/* Parameters in the order in which they came, unescaped. */
struct query {
	struct strs keys, values;
};

struct user {
	char *name, *uid;
	struct strs groups;
};

enum verb {
	VERB_NONE, VERB_GET, VERB_LIST, VERB_WATCH, VERB_CREATE, VERB_UPDATE, VERB_PATCH, VERB_DELETE, VERB_DELETE_ALL,
};

enum include { INCLUDE_METADATA, INCLUDE_NONE, INCLUDE_OBJECT };
enum form { FORM_OBJECT, FORM_TABLE, FORM_METADATA, FORM_DISCOVERY };

/* What the client wants to be given. */
struct media {
	bool yaml, pretty;
	bool stream;                    /* asked for as ;stream=watch */
	enum form form;
	bool v1beta1;                   /* of FORM_TABLE and FORM_METADATA */
	enum include include;           /* of FORM_TABLE: the object in each row */
};

/* An answer that is written as it is read: a long list, a watch. */
struct source {
	/* Up to max bytes; 0: none now, source_wake() comes; SOURCE_END; SOURCE_CUT: the connection breaks off. */
	ssize_t (*read)(struct source *source, char *at, size_t max);
	void (*free)(struct source *source);
	int64_t length;                 /* of all of it, or -1 */
	void *connection;               /* serve.c's, to be woken */
};
#define SOURCE_END ((ssize_t)-1)
#define SOURCE_CUT ((ssize_t)-2)

struct answer {
	int code;                       /* 0: not yet: handle it again in the next turn, or at again_ms */
	int64_t again_ms;               /* clock_ms(), or 0 */
	const char *type;               /* NULL: none */
	const char *cache;              /* NULL: "no-cache, private" */
	struct strs headers;            /* "Name: value" */
	struct buf bytes;
	struct source *source;          /* in the place of bytes */
};

struct request {
	struct api *api;
	char *method, *path;            /* path is unescaped */
	struct query query;
	char *accept, *content_type, *user_agent, *encoding, *if_none_match;
	struct buf body;
	bool body_too_large;
	struct user user;
	int64_t began_ms;

	/* What route.c makes of it. Strings are lent by parts. */
	struct strs parts;
	const char *group, *version, *resource, *ns, *name, *sub, *rest;
	const struct kind *kind;
	const struct subresource *subresource;
	enum verb verb;
	bool old_watch;                 /* by the path /watch/ */
	struct media media;

	struct answer answer;
};

void request_release(struct request *request);

void query_parse(struct query *query, const char *text);
const char *query_get(const struct query *query, const char *key);     /* the first value, or NULL */
bool query_flag(const struct query *query, const char *key);           /* as upstream: there, and not "false" or "0" */
void query_release(struct query *query);

/* A number, or otherwise where it is not there. 0, or -1: the answer says 400. */
int request_number(struct request *request, const char *key, int64_t otherwise, int64_t *number);

/* Takes the escapes out of len bytes; NULL where they are malformed. The caller frees. */
char *url_unescape(const char *at, size_t len, bool plus_is_blank);
