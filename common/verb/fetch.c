#include "verb/fetch.h"

#include <strings.h>

#include "base/mem.h"
#include "reach/endpoint.h"
#include "reach/http.h"
#include "reach/loop.h"

#define MAX_BYTES ((size_t)16 << 20)
#define MAX_MS 30000
#define MAX_REDIRECTS 5

/* The length of "https://HOST:PORT", or 0 where url is none of ours. */
static size_t origin_length(const char *url)
{
	size_t scheme = strncasecmp(url, "http://", 7) == 0 ? 7 : strncasecmp(url, "https://", 8) == 0 ? 8 : 0;
	size_t host = scheme ? strcspn(url + scheme, "/?#") : 0;

	return host ? scheme + host : 0;
}

static int take(void *arg, struct slice piece, struct err *err)
{
	struct buf *to = arg;

	if (to->len + piece.len > MAX_BYTES)
		return err_set(err, ERR_FAILED, NULL, "more than %zu MiB", MAX_BYTES >> 20);
	buf_add_slice(to, piece);
	return 0;
}

/* One request. 0 with answer's status, or -1. */
static int ask(const char *url, struct buf *to, struct http_answer *answer, struct err *err)
{
	size_t origin = origin_length(url);
	scoped(endpoint) struct endpoint endpoint = { .server = mem_dup_n(url, origin) };
	scoped_ptr(loop) struct loop *loop = loop_new();
	scoped_ptr(http) struct http *http = http_new(loop, &endpoint, "podline/" PODLINE_VERSION);
	scoped_free char *path = mem_printf("%s%.*s", url[origin] == '/' ? "" : "/", (int)strcspn(url + origin, "#"),
		url + origin);
	struct http_request request = {
		.path = path, .accept = "*/*", .timeout_ms = MAX_MS, .data = take, .arg = to,
	};

	if (!origin)
		return err_set(err, ERR_FAILED, NULL, "neither http nor https");
	return http_do(http, &request, answer, err);
}

/* Where a redirection leads: a URL, or a path at the same server. The caller frees. */
static char *resolve(const char *from, const char *location)
{
	if (location[0] == '/' && location[1] != '/')
		return mem_printf("%.*s%s", (int)origin_length(from), from, location);
	return mem_dup(location);
}

int fetch(const char *url, struct buf *to, struct err *err)
{
	scoped_free char *at = mem_dup(url);

	for (int i = 0; i <= MAX_REDIRECTS; i++) {
		scoped(http_answer) struct http_answer answer = { 0 };
		const char *location;

		if (ask(at, to, &answer, err) < 0)
			return err_wrap(err, "%s", at);
		if (answer.status >= 200 && answer.status < 300)
			return 0;
		location = answer.status >= 300 && answer.status < 400 ? http_header(&answer, "location") : NULL;
		if (!location)
			return err_set(err, answer.status == 404 ? ERR_NOT_FOUND : ERR_FAILED, NULL,
				"%s: the server answered %d", at, answer.status);
		url = resolve(at, location);
		free(at);
		at = (char *)url;
	}
	return err_set(err, ERR_FAILED, NULL, "%s: more than %d redirections", at, MAX_REDIRECTS);
}
