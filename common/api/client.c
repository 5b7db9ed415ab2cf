#include "api/client.h"

#include <ctype.h>
#include <string.h>

#include "api/status.h"
#include "base/mem.h"
#include "base/strs.h"
#include "formats/jvs.h"
#include "reach/http.h"
#include "reach/loop.h"

struct client {
	struct loop *loop;
	struct http *http;
	const struct endpoint *endpoint;
	char *manager;
	int64_t timeout_ms;
	void (*warn)(void *arg, const char *text);
	void *warn_arg;
};

struct client *client_new(struct loop *loop, const struct endpoint *endpoint, const char *manager)
{
	struct client *client = mem_alloc(sizeof *client);
	scoped_free char *agent = mem_printf("%s/%s", manager, PODLINE_VERSION);

	client->loop = loop;
	client->endpoint = endpoint;
	client->http = http_new(loop, endpoint, agent);
	client->manager = mem_dup(manager);
	return client;
}

void client_free(struct client *client)
{
	if (!client)
		return;
	http_free(client->http);
	free(client->manager);
	free(client);
}

struct http *client_http(struct client *client)
{
	return client->http;
}

struct loop *client_loop(struct client *client)
{
	return client->loop;
}

const struct endpoint *client_endpoint(const struct client *client)
{
	return client->endpoint;
}

void client_set_timeout(struct client *client, int64_t ms)
{
	client->timeout_ms = ms;
}

int64_t client_timeout(const struct client *client)
{
	return client->timeout_ms;
}

void client_on_warning(struct client *client, void (*warn)(void *arg, const char *text), void *arg)
{
	client->warn = warn;
	client->warn_arg = arg;
}

/* The text of `299 - "text"`, with \" and \\ undone; NULL where it is not that. */
static char *warning_text(const char *header)
{
	const char *at = strchr(header, '"');
	struct buf text = { 0 };

	if (!at || !isdigit((unsigned char)*header))
		return NULL;
	for (at++; *at && *at != '"'; at++) {
		if (*at == '\\' && at[1])
			at++;
		buf_add_char(&text, *at);
	}
	return buf_steal(&text);
}

void client_tell_warnings(struct client *client, const struct http_answer *answer)
{
	scoped(strs) struct strs told = { 0 };

	if (!client->warn)
		return;
	for (char **header = answer->headers; header && *header; header++) {
		scoped_free char *text = NULL;

		if (strncmp(*header, "warning:", 8) == 0)
			text = warning_text(*header + 8 + strspn(*header + 8, " \t"));
		if (!text || strs_has(&told, text))
			continue;
		client->warn(client->warn_arg, text);
		strs_take(&told, steal(text));
	}
}

/* Percent-escapes what is not unreserved (RFC 3986, 2.3). */
static void add_escaped(struct buf *to, const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < 0x80 && (isalnum(c) || strchr("-._~", c)))
			buf_add_char(to, (char)c);
		else
			buf_printf(to, "%%%02X", c);
	}
}

void query_add(struct buf *query, const char *key, const char *value)
{
	if (query->len)
		buf_add_char(query, '&');
	add_escaped(query, key);
	buf_add_char(query, '=');
	add_escaped(query, value);
}

static void add_part(struct buf *path, const char *part)
{
	buf_add_char(path, '/');
	/* "." and ".." would be taken out on the way: as a name they are none, and the server shall say so. */
	if (strcmp(part, ".") == 0 || strcmp(part, "..") == 0)
		buf_add_text(path, part[1] ? "%2E%2E" : "%2E");
	else
		add_escaped(path, part);
}

static void add_parts(struct buf *path, const struct target *target)
{
	if (target->group && *target->group) {
		buf_add_text(path, "/apis");
		add_part(path, target->group);
	} else {
		buf_add_text(path, "/api");
	}
	add_part(path, target->version);
	if (target->ns) {
		buf_add_text(path, "/namespaces");
		add_part(path, target->ns);
	}
	if (target->plural)
		add_part(path, target->plural);
	if (target->name)
		add_part(path, target->name);
	if (target->subresource) {
		buf_add_char(path, '/');        /* "proxy/some/path" is one */
		buf_add_text(path, target->subresource);
	}
}

char *target_path(const struct target *target)
{
	struct buf path = { 0 };

	if (target->path)
		buf_add_text(&path, target->path);
	else
		add_parts(&path, target);
	if (target->query && *target->query) {
		buf_add_char(&path, '?');
		buf_add_text(&path, target->query);
	}
	return buf_steal(&path);
}

static const struct {
	const char *patch, *type;
} patch_types[] = {
	{ "json", "application/json-patch+json" },
	{ "merge", "application/merge-patch+json" },
	{ "strategic", "application/strategic-merge-patch+json" },
	{ "apply", "application/apply-patch+yaml" },
};

static const char *content_type(const struct call *call)
{
	for (size_t i = 0; call->patch && i < sizeof patch_types / sizeof *patch_types; i++)
		if (strcmp(call->patch, patch_types[i].patch) == 0)
			return patch_types[i].type;
	return "application/json";
}

static bool needs_manager(const struct call *call)
{
	const char *query = call->target.query;

	return strcmp(call->method, "GET") != 0 && strcmp(call->method, "DELETE") != 0 &&
		(!query || !strstr(query, "fieldManager="));
}

/* The request's strings, which must live until http_start() has copied them. */
struct prepared {
	char *path;
	struct buf body, query;
	struct http_request request;
};

static void prepared_release(struct prepared *prepared)
{
	free(prepared->path);
	buf_release(&prepared->body);
	buf_release(&prepared->query);
}

static void prepare(const struct client *client, struct call *call, struct prepared *prepared)
{
	struct target target = call->target;

	if (target.query)
		buf_add_text(&prepared->query, target.query);
	if (needs_manager(call))
		query_add(&prepared->query, "fieldManager", client->manager);
	target.query = buf_text(&prepared->query);
	prepared->path = target_path(&target);
	prepared->request = (struct http_request){ .method = call->method, .path = prepared->path,
		.accept = call->accept, .timeout_ms = client->timeout_ms };
	if (jv_is_valid(call->body) && !jvs_is(call->body, JV_KIND_NULL)) {
		jvs_print(call->body, &prepared->body);
		prepared->request.body = buf_slice(&prepared->body);
		prepared->request.content_type = content_type(call);
	}
	jv_free(call->body);
	call->body = jv_invalid();
}

/* An answer as an object; 0, or -1 with err. Some answers are empty or no JSON (logs): those are null. */
static int read_answer(struct client *client, const char *what, struct http_answer *answer, jv *object, struct err *err)
{
	const char *type = answer->content_type;

	*object = jv_null();
	client_tell_warnings(client, answer);
	if (answer->status / 100 != 2)
		return status_to_err(answer->status, buf_slice(&answer->body), what, err);
	if (!answer->body.len || (type && !strstr(type, "json")))
		return 0;
	if (jvs_parse(buf_slice(&answer->body), object, err) < 0)
		return err_wrap(err, "the answer to %s is malformed", what);
	return 0;
}

/* "GET /api/v1/pods", without the query. */
static char *asked_for(const char *method, const char *path)
{
	return mem_printf("%s %.*s", method, (int)strcspn(path, "?"), path);
}

int client_call(struct client *client, struct call *call, jv *object, struct err *err)
{
	scoped(prepared) struct prepared prepared = { 0 };
	scoped(http_answer) struct http_answer answer = { 0 };
	scoped_free char *what = NULL;
	jv got;
	int result;

	if (object)
		*object = jv_null();
	prepare(client, call, &prepared);
	if (http_do(client->http, &prepared.request, &answer, err) < 0)
		return -1;
	what = asked_for(prepared.request.method, prepared.path);
	result = read_answer(client, what, &answer, &got, err);
	if (object)
		*object = got;
	else
		jv_free(got);
	return result;
}

/* A call under way. */
struct asked {
	struct client *client;
	char *what;
	void (*done)(void *arg, jv object, struct err *err);
	void *arg;
};

static void asked_done(void *arg, struct http_answer *answer, struct err *err)
{
	const struct asked *asked = arg;
	scoped(jv) jv object = jv_null();
	scoped(err) struct err ours = { 0 };

	if (err->class)
		err_move(&ours, err);
	else
		read_answer(asked->client, asked->what, answer, &object, &ours);
	if (asked->done)
		asked->done(asked->arg, object, &ours);
}

static void asked_drop(void *arg)
{
	struct asked *asked = arg;

	free(asked->what);
	free(asked);
}

struct exchange *client_start(struct client *client, struct call *call,
	void (*done)(void *arg, jv object, struct err *err), void *arg)
{
	scoped(prepared) struct prepared prepared = { 0 };
	struct asked *asked = mem_alloc(sizeof *asked);

	prepare(client, call, &prepared);
	*asked = (struct asked){ client, asked_for(prepared.request.method, prepared.path), done, arg };
	prepared.request.done = asked_done;
	prepared.request.drop = asked_drop;
	prepared.request.arg = asked;
	return http_start(client->http, &prepared.request);
}
