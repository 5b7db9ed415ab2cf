/* Requests: their paths and queries; answers: objects, Statuses as errors with the class that is the exit status. */
#include "api/client.h"

#include "api/status.h"
#include "fake.h"
#include "formats/jvs.h"
#include "reach/http.h"
#include "reach/loop.h"
#include "tap.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void path_is(struct target target, const char *wanted)
{
	scoped_free char *got = target_path(&target);

	same(got, wanted, wanted);
}

static void test_paths(void)
{
	scoped(buf) struct buf query = { 0 };

	path_is((struct target){ .version = "v1", .plural = "pods" }, "/api/v1/pods");
	path_is(
		(struct target){
			.group = "", .version = "v1", .plural = "pods", .ns = "a", .name = "b", .subresource = "log" },
		"/api/v1/namespaces/a/pods/b/log");
	path_is((struct target){ .group = "apps", .version = "v1", .plural = "deployments", .ns = "a", .query = "x=y" },
		"/apis/apps/v1/namespaces/a/deployments?x=y");
	path_is((struct target){ .version = "v1", .plural = "pods", .ns = "a/../b", .name = "..?x#%" },
		"/api/v1/namespaces/a%2F..%2Fb/pods/..%3Fx%23%25");
	path_is((struct target){ .version = "v1", .plural = "pods", .ns = "..", .name = "." },
		"/api/v1/namespaces/%2E%2E/pods/%2E");
	path_is((struct target){ .path = "/version" }, "/version");
	query_add(&query, "labelSelector", "a in (b,c), d=é");
	query_add(&query, "limit", "5");
	same(buf_text(&query), "labelSelector=a%20in%20%28b%2Cc%29%2C%20d%3D%C3%A9&limit=5", "a query");
}

static void turns(int code, const char *body, enum err_class class, const char *reason, const char *text)
{
	scoped(err) struct err err = { 0 };

	status_to_err(code, slice_of(body), "GET /x", &err);
	ok(err.class == class && err.code == code, "%d is class %d", code, class);
	same(err_text(&err), text, "its text");
	same(err.reason, reason, "its reason");
}

static void test_errors(void)
{
	turns(404,
		"{\"kind\":\"Status\",\"message\":\"pods \\\"a\\\" not found\",\"reason\":\"NotFound\",\"code\":404}",
		ERR_NOT_FOUND, "NotFound", "pods \"a\" not found");
	turns(409, "{\"kind\":\"Status\",\"message\":\"changed\",\"reason\":\"Conflict\"}", ERR_CONFLICT, "Conflict",
		"changed");
	turns(401, "{\"kind\":\"Status\",\"reason\":\"Unauthorized\"}", ERR_FORBIDDEN, "Unauthorized", "Unauthorized");
	turns(403, "no", ERR_FORBIDDEN, NULL, "GET /x: the server answered 403: no");
	turns(504, "", ERR_TIMEOUT, NULL, "GET /x: the server answered 504");
	turns(500, "{\"kind\":\"Status\",\"message\":\"slow\",\"reason\":\"ServerTimeout\"}", ERR_TIMEOUT,
		"ServerTimeout", "slow");
	turns(502, "<html>\n  bad\r\n\tgateway\001 </html>\n\n", ERR_FAILED, NULL,
		"GET /x: the server answered 502: <html> bad gateway? </html>");
	turns(422, "{\"kind\":\"Status\",\"message\":", ERR_FAILED, NULL,
		"GET /x: the server answered 422: {\"kind\":\"Status\",\"message\":");
}

static void warned(void *arg, const char *text)
{
	buf_printf(arg, "%s|", text);
}

static void test_calls(void)
{
	static const struct fake_rule rules[] = {
		{ "POST /api/v1/namespaces/a/pods?fieldManager=test ", 201, .body = "{\"made\":true}",
			.wants = "\r\n\r\n{\"spec\":1}",
			.headers = "Warning: 299 - \"old \\\"field\\\"\"\r\n"
				   "Warning: 299 - \"old \\\"field\\\"\"\r\nWarning: 299 - \"second\"\r\n" },
		{ "PATCH /api/v1/namespaces/a/pods/b?force=true&fieldManager=other ", .body = "{}",
			.wants = "Content-Type: application/apply-patch+yaml" },
		{ "DELETE /api/v1/namespaces/a/pods/b ", 404,
			.body = "{\"kind\":\"Status\",\"message\":\"gone\",\"code\":404}" },
		{ "GET /api/v1/x ", .body = "{\"half\":" },
	};
	scoped(buf) struct buf warnings = { 0 };
	scoped(err) struct err err = { 0 };
	struct loop *loop = loop_new();
	struct client *client;
	struct fake fake;
	jv object;

	fake_start(&fake, rules, COUNT(rules));
	client = client_new(loop, &fake.endpoint, "test");
	client_on_warning(client, warned, &warnings);
	ok(client_call(client,
		   &(struct call){ .method = "POST",
			   .target = { .version = "v1", .plural = "pods", .ns = "a" },
			   .body = jvs_object("spec", jv_number(1), NULL) },
		   &object, &err) == 0,
		"a POST");
	ok(jvs_get_bool(object, "made", false), "its answer");
	jv_free(object);
	same(buf_text(&warnings), "old \"field\"|second|", "warnings, each once");
	ok(client_call(client,
		   &(struct call){ .method = "PATCH",
			   .patch = "apply",
			   .target = { .version = "v1",
				   .plural = "pods",
				   .ns = "a",
				   .name = "b",
				   .query = "force=true&fieldManager=other" },
			   .body = jv_object() },
		   NULL, &err) == 0,
		"a PATCH with a manager of its own");
	ok(client_call(client,
		   &(struct call){ .method = "DELETE",
			   .target = { .version = "v1", .plural = "pods", .ns = "a", .name = "b" } },
		   &object, &err) < 0 &&
			err.class == ERR_NOT_FOUND,
		"a DELETE of nothing");
	jv_free(object);
	ok(client_call(client, &(struct call){ .method = "GET", .target = { .version = "v1", .plural = "x" } }, &object,
		   &err) < 0 &&
			strstr(err_text(&err), "the answer to GET /api/v1/x is malformed"),
		"half an object");
	jv_free(object);
	ok(fake_used(&fake) == COUNT(rules) && !fake.state->strangers, "each as it should be");
	client_free(client);
	loop_free(loop);
	fake_stop(&fake);
}

struct both {
	struct client *client;
	struct loop *loop;
	int done, failed;
};

/* Calls, and waits, from inside a callback. */
static void call_inside(void *arg, jv object, struct err *err)
{
	struct both *both = arg;

	(void)object;
	both->failed += err->class != ERR_NONE;
	if (both->done++ == 0)
		both->failed +=
			client_call(both->client, &(struct call){ .method = "GET", .target = { .path = "/inner" } },
				NULL, NULL) < 0;
}

static void test_inside(void)
{
	static const struct fake_rule rules[] = { { "GET /one ", .body = "{}" }, { "GET /two ", .body = "{}" },
		{ "GET /inner ", .body = "{}" } };
	struct both both = { .loop = loop_new() };
	struct fake fake;

	fake_start(&fake, rules, COUNT(rules));
	both.client = client_new(both.loop, &fake.endpoint, "test");
	client_start(both.client, &(struct call){ .method = "GET", .target = { .path = "/one" } }, call_inside, &both);
	client_start(both.client, &(struct call){ .method = "GET", .target = { .path = "/two" } }, call_inside, &both);
	exchange_cancel(client_start(
		both.client, &(struct call){ .method = "GET", .target = { .path = "/no" } }, call_inside, &both));
	while (both.done < 2)
		loop_once(both.loop, -1, NULL);
	ok(!both.failed, "a call that waits inside another's answer");
	client_free(both.client);
	loop_free(both.loop);
	fake_stop(&fake);
}

int main(void)
{
	test_paths();
	test_errors();
	test_calls();
	test_inside();
	return tap_end();
}
