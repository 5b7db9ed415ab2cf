/* route.h: what a request asks for, by its path and method, and who handles it. */
#pragma once

#include <stdbool.h>

struct request;

/* Takes the request line apart: path, query, verb, kind, names. uri is as it came, escaped. 0; -1: the answer says why.
 */
int route_parse(struct request *request, const char *method, const char *uri);

/* Whether handling it may write, so that it belongs into a turn. */
bool route_writes(const struct request *request);

/* Fills the answer. Its code stays 0 where the request has to wait for another turn. */
void route_handle(struct request *request);
