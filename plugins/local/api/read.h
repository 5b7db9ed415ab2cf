/* read.h: get, list, watch. Each fills the request's answer; -1 where that is a failure, or where it has to wait. */
#pragma once

struct request;
struct body;

int read_get(struct request *request);
int read_list(struct request *request);
int read_watch(struct request *request);

/* The body of the request's name, lent; NULL: the answer says 404. */
struct body *read_body(struct request *request);

/* "NAMESPACE/NAME" or "NAME"; the caller frees. */
char *read_key(const struct request *request, const char *name);
