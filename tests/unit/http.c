/* The HTTP floor: answers, failures, ending from inside callbacks, asking again, back-pressure. */
#include "reach/http.h"

#include "fake.h"
#include "reach/credentials.h"
#include "reach/loop.h"
#include "tap.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void test_answers(void)
{
	static const struct fake_rule rules[] = {
		{ "GET /a HTTP/1.1", .body = "first" },
		{ "POST /b HTTP/1.1", 201, .body = "made", .wants = "\r\n\r\n{\"x\":1}" },
		{ "GET /c HTTP/1.1", 404, .body = "{\"kind\":\"Status\"}", .headers = "X-One: two\r\n" },
		{ "DELETE /d HTTP/1.1", .how = FAKE_ENDED, .body = "chunked" },
	};
	struct fake fake;
	struct loop *loop = loop_new();
	struct http *http;
	struct err err = { 0 };

	fake_start(&fake, rules, COUNT(rules));
	http = http_new(loop, &fake.endpoint, "test/1");
	{
		scoped(http_answer) struct http_answer answer = { 0 };
		struct http_request request = { .path = "/a" };

		ok(http_do(http, &request, &answer, &err) == 0, "a GET is answered");
		ok(answer.status == 200, "status 200");
		same(buf_text(&answer.body), "first", "its body");
		same(answer.content_type, "application/json", "its type");
	}
	{
		scoped(http_answer) struct http_answer answer = { 0 };
		struct http_request request = { .method = "POST", .path = "/b", .body = slice_of("{\"x\":1}") };

		ok(http_do(http, &request, &answer, &err) == 0 && answer.status == 201, "a POST with its body");
	}
	{
		scoped(http_answer) struct http_answer answer = { 0 };
		struct http_request request = { .path = "/c" };

		ok(http_do(http, &request, &answer, &err) == 0 && answer.status == 404, "404 is an answer too");
		same(http_header(&answer, "x-one"), "two", "a header");
		ok(!http_header(&answer, "x-on"), "no header by the beginning of its name");
	}
	{
		scoped(http_answer) struct http_answer answer = { 0 };
		struct http_request request = { .method = "DELETE", .path = "/d" };

		ok(http_do(http, &request, &answer, &err) == 0, "a DELETE, answered in chunks");
		same(buf_text(&answer.body), "chunked", "its body");
	}
	ok(fake.state->connections == 1, "all over one connection");
	http_free(http);
	loop_free(loop);
	fake_stop(&fake);
}

static void fails(struct http *http, const char *path, int64_t idle_ms, enum err_class class, const char *words)
{
	scoped(http_answer) struct http_answer answer = { 0 };
	scoped(err) struct err err = { 0 };
	struct http_request request = { .path = path, .idle_timeout_ms = idle_ms };

	ok(http_do(http, &request, &answer, &err) < 0 && err.class == class && strstr(err_text(&err), words), "%s: %s",
		path, words);
	printf("# %s\n", err_text(&err));
}

static void test_failures(void)
{
	static const struct fake_rule rules[] = {
		{ "GET /cut ", .how = FAKE_CUT, .body = "half" },
		{ "GET /short ", .how = FAKE_SHORT, .body = "half" },
		{ "GET /gone ", .how = FAKE_GONE },
		{ "GET /quiet ", .how = FAKE_OPEN, .body = "x" },
	};
	struct endpoint nowhere = { .server = "unix:///nowhere/at/all" };
	struct endpoint refused = { .server = "http://127.0.0.1:1", .hint = "start it" };
	struct fake fake;
	struct loop *loop = loop_new();
	struct http *http;

	fake_start(&fake, rules, COUNT(rules));
	http = http_new(loop, &fake.endpoint, "test/1");
	fails(http, "/cut", 0, ERR_UNREACHABLE, "cut off");
	fails(http, "/short", 0, ERR_UNREACHABLE, "cut off");
	fails(http, "/gone", 0, ERR_UNREACHABLE, "connection was lost");
	fails(http, "/quiet", 100, ERR_TIMEOUT, "said nothing");
	http_free(http);
	http = http_new(loop, &nowhere, "test/1");
	fails(http, "/", 0, ERR_UNREACHABLE, "cluster at unix:///nowhere/at/all not reachable: no such file");
	http_free(http);
	http = http_new(loop, &refused, "test/1");
	fails(http, "/", 0, ERR_UNREACHABLE,
		"cluster at http://127.0.0.1:1 not reachable: connection refused (start it)");
	http_free(http);
	loop_free(loop);
	fake_stop(&fake);
}

/* An exchange that ends itself, its neighbour or the whole from inside a callback. */
struct ending {
	struct http *http;
	struct exchange *exchange, *other;
	int data_calls, done_calls, drops, drops_other;
	bool free_http;
};

static int end_in_data(void *arg, struct slice piece, struct err *err)
{
	struct ending *ending = arg;

	(void)piece;
	(void)err;
	ending->data_calls++;
	if (ending->free_http) {
		http_free(ending->http);
		return 0;
	}
	exchange_cancel(ending->other);
	exchange_cancel(ending->exchange);
	return 0;
}

static void count_done(void *arg, struct http_answer *answer, struct err *err)
{
	struct ending *ending = arg;

	(void)answer;
	(void)err;
	ending->done_calls++;
}

static void count_drop(void *arg)
{
	((struct ending *)arg)->drops++;
}

static void count_drop_other(void *arg)
{
	((struct ending *)arg)->drops_other++;
}

static void test_ending(bool free_http)
{
	static const struct fake_rule rules[] = {
		{ "GET /stream ", .how = FAKE_OPEN, .body = "line\n" },
		{ "GET /other ", .how = FAKE_OPEN, .body = "" },
	};
	struct fake fake;
	struct loop *loop = loop_new();
	struct ending ending = { .free_http = free_http };
	struct http_request request = {
		.path = "/stream", .data = end_in_data, .done = count_done, .drop = count_drop, .arg = &ending
	};
	struct http_request other = { .path = "/other", .done = count_done, .drop = count_drop_other, .arg = &ending };

	fake_start(&fake, rules, COUNT(rules));
	ending.http = http_new(loop, &fake.endpoint, "test/1");
	ending.other = http_start(ending.http, &other);
	ending.exchange = http_start(ending.http, &request);
	while (ending.drops + ending.drops_other < 2)
		loop_once(loop, -1, NULL);
	ok(ending.data_calls == 1 && !ending.done_calls, "%s from inside data: nobody is called back after",
		free_http ? "everything ended" : "both ended");
	ok(ending.drops == 1 && ending.drops_other == 1, "and each is dropped once");
	if (!free_http)
		http_free(ending.http);
	loop_free(loop);
	fake_stop(&fake);
}

static void test_asking_again(void)
{
	static const struct fake_rule rules[] = {
		{ "GET /busy ", 429, .body = "{}", .headers = "Retry-After: 0\r\n" },
		{ "GET /busy ", 503, .body = "{}", .headers = "Retry-After: 0\r\n" },
		{ "GET /busy ", 200, .body = "at last" },
		{ "GET /full ", 429, .body = "no time given" },
		{ "GET /secret ", 401, .body = "{}", .wants = "Authorization: Bearer old" },
		{ "GET /secret ", 200, .body = "let in", .wants = "Authorization: Bearer new" },
		{ "GET /never ", 401, .body = "{}" },
		{ "GET /never ", 401, .body = "{}" },
	};
	struct fake fake;
	struct loop *loop = loop_new();
	struct http *http;
	scoped_free char *token = NULL;
	FILE *file;

	fake_start(&fake, rules, COUNT(rules));
	token = mem_printf("%s/token", fake.dir);
	file = fopen(token, "w");
	fputs("old\n", file);
	fclose(file);
	fake.endpoint.token_file = mem_dup(token);
	http = http_new(loop, &fake.endpoint, "test/1");
	{
		scoped(http_answer) struct http_answer answer = { 0 };
		struct http_request request = { .path = "/busy" };

		ok(http_do(http, &request, &answer, NULL) == 0 && answer.status == 200,
			"429 and 503 with Retry-After are asked again");
		same(buf_text(&answer.body), "at last", "and nothing of theirs is left");
	}
	{
		scoped(http_answer) struct http_answer answer = { 0 };
		struct http_request request = { .path = "/full" };

		ok(http_do(http, &request, &answer, NULL) == 0 && answer.status == 429, "429 without it is an answer");
	}
	file = fopen(token, "w");
	fputs("new\n", file);
	fclose(file);
	{
		scoped(http_answer) struct http_answer answer = { 0 };
		struct http_request request = { .path = "/secret" };

		ok(http_do(http, &request, &answer, NULL) == 0 && answer.status == 200,
			"401: the token file is read again, and the question asked again");
	}
	{
		scoped(http_answer) struct http_answer answer = { 0 };
		struct http_request request = { .path = "/never" };

		ok(http_do(http, &request, &answer, NULL) == 0 && answer.status == 401, "but only once");
	}
	ok(fake_used(&fake) == COUNT(rules) && !fake.state->strangers, "each question came");
	http_free(http);
	loop_free(loop);
	unlink(token);
	fake_stop(&fake);
}

/* A reader that takes a pause after each piece. */
struct slow {
	struct loop *loop;
	struct exchange *exchange;
	struct timer timer;
	size_t got, while_paused;
	bool paused, done;
	unsigned pauses;
};

static void slow_resume(void *arg)
{
	struct slow *slow = arg;

	slow->paused = false;
	exchange_pause(slow->exchange, false);
}

static int slow_data(void *arg, struct slice piece, struct err *err)
{
	struct slow *slow = arg;

	(void)err;
	slow->got += piece.len;
	if (slow->paused)
		slow->while_paused += piece.len;
	slow->paused = true;
	slow->pauses++;
	exchange_pause(slow->exchange, true);
	timer_set(slow->loop, &slow->timer, 1);
	return 0;
}

static void slow_done(void *arg, struct http_answer *answer, struct err *err)
{
	struct slow *slow = arg;

	(void)answer;
	ok(!err->class, "a body read with pauses comes whole (%s)", err->class ? err_text(err) : "no error");
	slow->done = true;
}

static void test_back_pressure(void)
{
	scoped_free char *body = mem_alloc(1000001);
	struct fake_rule rules[] = { { "GET /big ", .body = memset(body, 'x', 1000000) } };
	struct fake fake;
	struct slow slow = { 0 };
	struct http_request request = { .path = "/big", .data = slow_data, .done = slow_done, .arg = &slow };
	struct http *http;

	slow.loop = loop_new();
	slow.timer = (struct timer){ .fire = slow_resume, .arg = &slow };
	fake_start(&fake, rules, COUNT(rules));
	http = http_new(slow.loop, &fake.endpoint, "test/1");
	slow.exchange = http_start(http, &request);
	while (!slow.done)
		loop_once(slow.loop, -1, NULL);
	ok(slow.got == 1000000, "%zu bytes", slow.got);
	ok(slow.pauses > 10 && !slow.while_paused, "%u pauses, and no byte within one", slow.pauses);
	http_free(http);
	loop_free(slow.loop);
	fake_stop(&fake);
}

/* Eight requests, one at a time: their answers come in order; one in line is called off. */
struct queue_of_eight {
	unsigned ended;
	bool in_order;
};

static void one_of_eight(void *arg, struct http_answer *answer, struct err *err)
{
	struct queue_of_eight *eight = arg;
	scoped_free char *number = mem_printf("%u", eight->ended);

	if (err->class || strcmp(buf_text(&answer->body), number) != 0)
		eight->in_order = false;
	eight->ended++;
	eight->ended += eight->ended == 5;      /* the one that was called off */
}

static void test_limit(void)
{
	static const struct fake_rule rules[] = { { "GET /0 ", .body = "0" }, { "GET /1 ", .body = "1" },
		{ "GET /2 ", .body = "2" }, { "GET /3 ", .body = "3" }, { "GET /4 ", .body = "4" },
		{ "GET /6 ", .body = "6" }, { "GET /7 ", .body = "7" } };
	scoped_ptr(loop) struct loop *loop = loop_new();
	struct queue_of_eight eight = { .in_order = true };
	struct exchange *exchange, *called_off = NULL;
	struct http *http;
	struct fake fake;

	fake_start(&fake, rules, COUNT(rules));
	http = http_new(loop, &fake.endpoint, "test/1");
	http_limit(http, 1);
	for (unsigned i = 0; i < 8; i++) {
		scoped_free char *path = mem_printf("/%u", i);
		struct http_request request = { .path = path, .done = one_of_eight, .arg = &eight };

		exchange = http_start(http, &request);
		if (i == 5)
			called_off = exchange;
	}
	exchange_cancel(called_off);
	while (eight.ended < 8)
		loop_once(loop, -1, NULL);
	ok(eight.in_order, "requests beyond the limit wait in line, and may be called off there");
	ok(fake.state->connections == 1 && !fake.state->strangers, "one at a time needs one connection");
	http_free(http);
	fake_stop(&fake);
}

int main(void)
{
	test_answers();
	test_failures();
	test_ending(false);
	test_ending(true);
	test_asking_again();
	test_back_pressure();
	test_limit();
	return tap_end();
}
