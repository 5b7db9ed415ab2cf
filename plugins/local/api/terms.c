#include "api/terms.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "api/invalid.h"
#include "api/request.h"
#include "api/reply.h"
#include "api/store.h"
#include "api/answer.h"
#include "base/clock.h"
#include "formats/jvs.h"

#define AWAIT_MS 3000

static int refuse_terms(struct request *request, const struct causes *causes)
{
	scoped(jv) jv status = causes_status(causes, "meta.k8s.io", "ListOptions", "");

	answer_json(request, 422, status);
	return -1;
}

static int parse_version(struct terms *terms, struct request *request)
{
	const char *text = query_get(&request->query, "resourceVersion");
	char *end = NULL;

	if (!text || !*text)
		return 0;
	errno = 0;
	terms->has_version = true;
	terms->version = strtoull(text, &end, 10);
	if (*end || errno || *text == '-' || *text == '+')
		return reply_fail(request, 400, "BadRequest", jv_invalid(), "Invalid value: \"%s\": strconv.ParseUint: "
			"parsing \"%s\": invalid syntax", text, text);
	return 0;
}

static void check_list(const struct terms *terms, const char *match, const struct at *at, struct causes *causes)
{
	static const char *const supported[] = { "Exact", "NotOlderThan", "", NULL };
	scoped(jv) jv value = jv_string(match);

	if (terms->has_initial) {
		const struct at initial = { .name = "sendInitialEvents" };

		forbidden(causes, &initial, "sendInitialEvents is forbidden for list");
	}
	if (!*match)
		return;
	if (!terms->has_version)
		forbidden(causes, at, "resourceVersionMatch is forbidden unless resourceVersion is provided");
	if (terms->next)
		forbidden(causes, at, "resourceVersionMatch is forbidden when continue is provided");
	if (strcmp(match, "Exact") != 0 && strcmp(match, "NotOlderThan") != 0)
		unsupported(causes, at, value, supported);
	else if (strcmp(match, "Exact") == 0 && terms->has_version && !terms->version)
		forbidden(causes, at, "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"");
}

static void check_watch(const struct terms *terms, const char *match, const struct at *at, struct causes *causes)
{
	static const char *const supported[] = { "NotOlderThan", NULL };
	scoped(jv) jv value = jv_string(match);

	if (!terms->has_initial) {
		if (*match)
			forbidden(causes, at,
				"resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided");
		return;
	}
	if (!*match)
		forbidden(causes, at, "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
	else if (strcmp(match, "NotOlderThan") != 0)
		unsupported(causes, at, value, supported);
}

int terms_parse(struct terms *terms, struct request *request, bool watch)
{
	const char *match = query_get(&request->query, "resourceVersionMatch");
	const char *next = query_get(&request->query, "continue");
	const struct at at = { .name = "resourceVersionMatch" };
	scoped(causes) struct causes causes = {0};

	*terms = (struct terms){ 0 };
	if (request_number(request, "limit", 0, &terms->limit) < 0 ||
			request_number(request, "timeoutSeconds", 0, &terms->timeout) < 0)
		return -1;
	terms->next = next && *next ? next : NULL;
	terms->has_initial = query_get(&request->query, "sendInitialEvents") != NULL;
	terms->initial = query_flag(&request->query, "sendInitialEvents");
	terms->bookmarks = query_flag(&request->query, "allowWatchBookmarks");
	match = match ? match : "";
	if (strcmp(match, "Exact") == 0)
		terms->match = MATCH_EXACT;
	else if (*match)
		terms->match = MATCH_NOT_OLDER;
	if (parse_version(terms, request) < 0)
		return -1;
	if (watch)
		check_watch(terms, match, &at, &causes);
	else
		check_list(terms, match, &at, &causes);
	return causes_any(&causes) ? refuse_terms(request, &causes) : 0;
}

static jv too_large_details(void)
{
	jv cause = jvs_object("reason", jv_string("ResourceVersionTooLarge"), "message",
		jv_string("Too large resource version"), NULL);

	return jvs_object("causes", jv_array_append(jv_array(), cause), "retryAfterSeconds", jv_number(1), NULL);
}

int terms_await(const struct terms *terms, struct request *request)
{
	uint64_t now = store_version(request->api->store);

	if (!terms->has_version || terms->version <= now)
		return 0;
	if (clock_ms() < request->began_ms + AWAIT_MS) {
		request->answer.again_ms = request->began_ms + AWAIT_MS;
		return -1;
	}
	strs_add(&request->answer.headers, "Retry-After: 1");
	return reply_fail(request, 504, "Timeout", too_large_details(), "Timeout: Too large resource version: %" PRIu64
		", current: %" PRIu64, terms->version, now);
}
