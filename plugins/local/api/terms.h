/* terms.h: the query of a list or a watch, checked as upstream does. Source: k8s.io/apimachinery/pkg/apis/meta/
 * internalversion/validation. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct request;

enum version_match { MATCH_UNSET, MATCH_EXACT, MATCH_NOT_OLDER };

struct terms {
	int64_t limit, timeout;         /* 0: none; seconds */
	uint64_t version;               /* resourceVersion; 0 where it is "0" or not there */
	bool has_version;
	enum version_match match;
	bool has_initial, initial;      /* sendInitialEvents */
	bool bookmarks;
	const char *next;               /* continue; NULL: none. Lent by the request */
};

/* 0; -1: the answer says 400 or 422. */
int terms_parse(struct terms *terms, struct request *request, bool watch);

/* Whether the version asked for is still to come: waits for it up to 3 s. 0: it is here; -1: wait, or the answer says
 * 504. */
int terms_await(const struct terms *terms, struct request *request);
