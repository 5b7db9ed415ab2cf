/* negotiate.h: in which form a client is answered, and in which it asked. */
#pragma once

#include <stdbool.h>

struct request;

/* Sets request->media from Accept, the query and the User-Agent. 0; -1: the answer says 406. */
int negotiate(struct request *request);

/* The same for where only plain objects are served: no Table, no metadata. */
int negotiate_plain(struct request *request);

/* What a body is written in: YAML or not. 0; -1: the answer says 415. */
int negotiate_body(struct request *request, bool *yaml);

/* A header's media type without its parameters, in lower case; the caller frees. */
char *media_type(const char *header);
