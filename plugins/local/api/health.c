#include "api/health.h"

#include <string.h>

#include "api/answer.h"
#include "api/reply.h"
#include "api/request.h"
#include "base/buf.h"

/* All of them hold as long as requests are answered at all: there is one process and one store. */
static const char *const checks[] = { "ping", "log", "store", NULL };

static bool is_check(const char *name)
{
	for (const char *const *check = checks; *check; check++)
		if (strcmp(*check, name) == 0)
			return true;
	return false;
}

static void answer_verbose(struct request *request, const char *endpoint)
{
	scoped(buf) struct buf text = {0};

	for (const char *const *check = checks; *check; check++)
		buf_printf(&text, "[+]%s ok\n", *check);
	buf_printf(&text, "%s check passed\n", endpoint);
	answer_text(request, 200, buf_text(&text));
}

int health_handle(struct request *request)
{
	static const char *const endpoints[] = { "healthz", "livez", "readyz", NULL };
	const char *const *endpoint = endpoints;
	const char *first = request->parts.len ? request->parts.at[0] : "";

	while (*endpoint && strcmp(*endpoint, first) != 0)
		endpoint++;
	if (!*endpoint)
		return 0;
	if (strcmp(request->method, "GET") != 0) {
		reply_no_method(request);
	} else if (request->parts.len > 1) {
		if (request->parts.len == 2 && is_check(request->parts.at[1]))
			answer_text(request, 200, "ok");
		else
			reply_no_page(request);
	} else {
		strs_add(&request->answer.headers, "X-Content-Type-Options: nosniff");
		if (query_get(&request->query, "verbose"))
			answer_verbose(request, *endpoint);
		else
			answer_text(request, 200, "ok");
	}
	return 1;
}
