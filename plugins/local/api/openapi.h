/* openapi.h: the OpenAPI v3 documents as they are served, made by schema/openapi.c; read-only data of the binary. */
#pragma once

#include <stddef.h>

struct openapi {
	const char *path; /* "api/v1", "apis/apps/v1": behind /openapi/v3/ */
	const char *hash; /* changes with the document: ?hash= in the index */
	size_t len;
	const char *at; /* JSON */
};

extern const struct openapi openapi_documents[]; /* ended by one whose path is NULL */
