/* Lists in pages and the watch after them: no line lost and none repeated, whatever the server and the network do. */
#include "api/list.h"

#include "api/client.h"
#include "base/clock.h"
#include "base/err.h"
#include "fake.h"
#include "formats/peek.h"
#include "reach/loop.h"
#include "tap.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define PODS "/api/v1/namespaces/ns/pods"
#define LIST "GET " PODS "?limit=500 "
#define TWO "GET " PODS "?limit=2 "
#define WATCH(version) "GET " PODS "?watch=1&allowWatchBookmarks=true&resourceVersion=" version "&"

#define POD(name, version)                                                                                             \
	"{\"metadata\":{\"name\":\"" name "\",\"namespace\":\"ns\",\"uid\":\"u-" name                                  \
	"\",\"resourceVersion\":\"" version "\"}}"
#define WHOLE(name, version)                                                                                           \
	"{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"" name                                       \
	"\",\"namespace\":\"ns\",\"uid\":\"u-" name "\",\"resourceVersion\":\"" version "\"}}"
#define EVENT(type, name, version) "{\"type\":\"" type "\",\"object\":" WHOLE(name, version) "}\n"
#define BOOKMARK(version)                                                                                              \
	"{\"type\":\"BOOKMARK\",\"object\":{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":" \
	"\"" version "\"}}}\n"
#define GONE                                                                                                           \
	"{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":"        \
	"\"Failure\","                                                                                                 \
	"\"message\":\"too old resource version: 3 (9)\",\"reason\":\"Expired\",\"code\":410}}\n"
#define PODLIST(meta, items)                                                                                           \
	"{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"metadata\":{" meta "},\"items\":[" items "]}\n"
#define AT(version) "\"resourceVersion\":\"" version "\""
#define MORE(version, token) AT(version) ",\"continue\":\"" token "\",\"remainingItemCount\":2"
#define STATUS(code, reason, message, meta)                                                                            \
	"{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{" meta                                               \
	"},\"status\":\"Failure\",\"message\":\"" message "\",\"reason\":\"" reason "\",\"code\":" code "}"

/* Runs a stream until it ended, failed, or told what has want events; "ADDED a/1 ADDED b/2 …", then what it failed
 * with. */
static char *told(struct client *client, const struct stream_options *options, int want)
{
	scoped_ptr(stream) struct stream *stream = stream_new(client, options);
	scoped(err) struct err err = { 0 };
	struct stream_event event;
	struct buf all = { 0 };
	int64_t deadline = clock_ms() + 10000;
	int got = 0;

	while (want-- != 0 && (got = stream_next(stream, &event, deadline, &err)) > 0) {
		struct peek peek = { 0 };
		scoped(buf) struct buf line = { 0 };

		if (all.len)
			buf_add_char(&all, ' ');
		buf_add_text(&all, stream_type_text(event.type));
		if (!event.object.at)
			continue;
		stream_event_print(&event, &line);
		if (peek_object(buf_slice(&line), &peek, NULL) < 0 || !slice_is(peek.kind, "Pod") ||
			!slice_is(peek.api_version, "v1"))
			buf_printf(&all, " (%s)", buf_text(&line));
		buf_printf(
			&all, " %.*s/%.*s", (int)peek.name.len, peek.name.at, (int)peek.version.len, peek.version.at);
	}
	if (got < 0)
		buf_printf(&all, " failed %d: %s", err.class, err_text(&err));
	return buf_steal(&all);
}

static void check(const char *words, const struct fake_rule *rules, size_t count, struct stream_options options,
	const char *wanted)
{
	scoped_ptr(loop) struct loop *loop = loop_new();
	scoped_free char *got = NULL;
	struct client *client;
	struct fake fake;
	int want = 0;

	for (const char *at = wanted; options.watch && *at && strncmp(at, " failed", 7) != 0; at++)
		want += strchr("AMDL", *at) && (at == wanted || at[-1] == ' ');
	if (!options.watch || strstr(wanted, "failed"))
		want = -1;
	options.version = "v1";
	options.plural = "pods";
	options.ns = "ns";
	fake_start(&fake, rules, count);
	client = client_new(loop, &fake.endpoint, "test");
	got = told(client, &options, want);
	same(got, wanted, words);
	ok(fake_used(&fake) == count && !fake.state->strangers, "and asks what it should");
	if (fake.state->strangers)
		tap_show("asked", fake.state->log);
	client_free(client);
	fake_stop(&fake);
}

static void test_lists(void)
{
	static const struct fake_rule one[] = { { LIST, .body = PODLIST(AT("9"), POD("a", "1") "," POD("b", "2")) } };
	static const struct fake_rule pages[] = {
		{ LIST, .how = FAKE_ENDED, .body = PODLIST(MORE("9", "t 1"), POD("a", "1") "," POD("b", "2")) },
		{ "GET " PODS "?limit=2000&continue=t%201 ", .body = PODLIST(MORE("9", "t2"), POD("c", "3")) },
		{ "GET " PODS "?limit=4000&continue=t2 ", .body = PODLIST(AT("9"), POD("d", "4")) },
	};
	static const struct fake_rule get[] = { { "GET " PODS "/a ", .body = WHOLE("a", "1") } };
	static const struct fake_rule missing[] = { { "GET " PODS "/a ", 404,
		.body = STATUS("404", "NotFound", "pods \\\"a\\\" not found", "") } };
	static const struct fake_rule selected[] = {
		{ "GET " PODS "?limit=500&labelSelector=a%3Db%2Cc&fieldSelector=status.phase%21%3DRunning ",
			.body = PODLIST(AT("9"), "") }
	};

	check("a list", one, COUNT(one), (struct stream_options){ 0 }, "ADDED a/1 ADDED b/2");
	check("its end is told where that is wanted", one, COUNT(one), (struct stream_options){ .marks = true },
		"ADDED a/1 ADDED b/2 LISTED");
	check("three pages", pages, COUNT(pages), (struct stream_options){ 0 },
		"ADDED a/1 ADDED b/2 ADDED c/3 ADDED d/4");
	check("one object", get, COUNT(get), (struct stream_options){ .name = "a" }, "ADDED a/1");
	check("one that is not there", missing, COUNT(missing), (struct stream_options){ .name = "a" },
		" failed 3: pods \"a\" not found");
	check("selectors", selected, COUNT(selected),
		(struct stream_options){ .labels = "a=b,c", .fields = "status.phase!=Running" }, "");
}

static void test_broken_lists(void)
{
	static const struct fake_rule token[] = {
		{ LIST, .body = PODLIST(MORE("9", "t1"), POD("a", "1") "," POD("b", "2")) },
		{ "GET " PODS "?limit=2000&continue=t1 ", 410,
			.body = STATUS("410", "Expired", "expired", "\"continue\":\"t2\"") },
		{ "GET " PODS "?limit=4000&continue=t2 ", .body = PODLIST(AT("12"), POD("c", "11")) },
	};
	static const struct fake_rule none[] = {
		{ TWO, .body = PODLIST(MORE("9", "t1"), POD("b", "1") "," POD("c", "2")) },
		{ "GET " PODS "?limit=2&continue=t1 ", 410, .body = STATUS("410", "Expired", "expired", "") },
		{ TWO, .body = PODLIST(MORE("12", "t2"), POD("a", "11") "," POD("c", "10")) },
		{ "GET " PODS "?limit=2&continue=t2 ", .body = PODLIST(AT("12"), POD("d", "3") "," POD("e", "4")) },
	};
	static const struct fake_rule unordered[] = {
		{ LIST, .body = PODLIST(MORE("9", "t1"), POD("b", "1") "," POD("a", "2")) },
		{ "GET " PODS "?limit=2000&continue=t1 ", 410, .body = STATUS("410", "Expired", "expired", "") },
	};
	static const struct fake_rule cut[] = {
		{ LIST, .how = FAKE_CUT,
			.body = "{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"metadata\":{" AT(
				"9") "},\"items\":[" POD("a", "1") "," POD("b", "2") ",{\"metada" },
		{ "GET " PODS "?limit=500&resourceVersion=9&resourceVersionMatch=Exact ",
			.body = PODLIST(AT("9"), POD("a", "1") "," POD("b", "2") "," POD("c", "3")) },
	};
	static const struct fake_rule other[] = {
		{ LIST, .how = FAKE_CUT,
			.body = "{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"metadata\":{" AT(
				"9") "},\"items\":[" POD("a", "1") "," },
		{ "GET " PODS "?limit=500&resourceVersion=9&resourceVersionMatch=Exact ",
			.body = PODLIST(AT("10"), POD("b", "2")) },
	};
	static const struct fake_rule at_once[] = { { LIST, .how = FAKE_CUT, .body = "{\"kind\"" } };
	static const struct fake_rule malformed[] = { { LIST, .body = "{\"kind\":\"PodList\",\"items\":[{]}" } };
	static const struct fake_rule forbidden[] = { { LIST, 403, .body = "no entry\n" } };
	struct stream_options plain = { 0 };

	check("an expired token: on with what the server offers", token, COUNT(token), plain,
		"ADDED a/1 ADDED b/2 ADDED c/11");
	check("and where it offers none, anew, behind what was told", none, COUNT(none),
		(struct stream_options){ .page = 2 }, "ADDED b/1 ADDED c/2 ADDED d/3 ADDED e/4");
	check("which a list cannot do whose last object is not known", unordered, COUNT(unordered), plain,
		"ADDED b/1 ADDED a/2 failed 1: expired");
	check("a page that breaks off is asked for again", cut, COUNT(cut), plain, "ADDED a/1 ADDED b/2 ADDED c/3");
	check("and never taken from another version", other, COUNT(other), plain,
		"ADDED a/1 failed 6: the list broke off, and the server has no longer the version that it began with");
	{
		scoped_ptr(loop) struct loop *loop = loop_new();
		scoped_free char *got = NULL;
		struct stream_options options = { .version = "v1", .plural = "pods", .ns = "ns" };
		struct client *client;
		struct fake fake;

		fake_start(&fake, at_once, COUNT(at_once));
		client = client_new(loop, &fake.endpoint, "test");
		got = told(client, &options, -1);
		ok(strstr(got, " failed 6: cluster at unix://") && strstr(got, "cut off"),
			"a list that is cut off at once");
		client_free(client);
		fake_stop(&fake);
	}
	check("a malformed list", malformed, COUNT(malformed), plain,
		" failed 1: the list of pods: malformed JSON at byte 28: a ] closes an object");
	check("a list that may not be read", forbidden, COUNT(forbidden), plain,
		" failed 4: GET /api/v1/namespaces/ns/pods: the server answered 403: no entry");
}

static void test_watches(void)
{
	static const struct fake_rule resumed[] = {
		{ LIST, .body = PODLIST(AT("3"), POD("a", "1") "," POD("b", "2")) },
		{ WATCH("3"), .how = FAKE_ENDED, .body = EVENT("MODIFIED", "a", "4") EVENT("ADDED", "c", "5") },
		{ WATCH("5"), .how = FAKE_CUT,
			.body = EVENT("DELETED", "a", "6") BOOKMARK("8") "{\"type\":\"ADDED\",\"obj" },
		{ WATCH("8"), .how = FAKE_GONE },
		{ WATCH("8"), 503, .body = "try later" },
		{ WATCH("8"), .how = FAKE_OPEN, .body = EVENT("ADDED", "a", "9") },
	};
	static const struct fake_rule gone[] = {
		{ LIST, .body = PODLIST(AT("3"), POD("a", "1") "," POD("b", "2") "," POD("c", "3")) },
		{ WATCH("3"), .how = FAKE_ENDED, .body = EVENT("MODIFIED", "b", "4") GONE },
		{ LIST, .body = PODLIST(AT("9"), POD("b", "4") "," POD("c", "7") "," POD("d", "8")) },
		{ WATCH("9"), .how = FAKE_OPEN, .body = EVENT("MODIFIED", "d", "10") },
	};
	static const struct fake_rule gone_status[] = {
		{ LIST, .body = PODLIST(AT("3"), POD("a", "1")) },
		{ WATCH("3"), 410, .body = STATUS("410", "Expired", "too old", "") },
		{ LIST, .body = PODLIST(MORE("9", "t1"), POD("a", "1")) },
		{ "GET " PODS "?limit=2000&continue=t1 ", .body = PODLIST(AT("9"), POD("b", "4")) },
		{ WATCH("9"), .how = FAKE_OPEN, .body = EVENT("DELETED", "a", "10") },
	};
	static const struct fake_rule two_times[] = {
		{ LIST, .body = PODLIST(MORE("3", "t1"), POD("a", "1")) },
		{ "GET " PODS "?limit=2000&continue=t1 ", 410,
			.body = STATUS("410", "Expired", "expired", "\"continue\":\"t2\"") },
		{ "GET " PODS "?limit=4000&continue=t2 ", .body = PODLIST(AT("9"), POD("b", "8")) },
		{ LIST, .body = PODLIST(AT("11"), POD("a", "5") "," POD("b", "8")) },
		{ WATCH("11"), .how = FAKE_OPEN, .body = EVENT("MODIFIED", "b", "12") },
	};
	static const struct fake_rule anew[] = {
		{ LIST, .body = PODLIST(MORE("3", "t1"), POD("a", "1") "," POD("b", "2")) },
		{ "GET " PODS "?limit=2000&continue=t1 ", 410, .body = STATUS("410", "Expired", "expired", "") },
		{ LIST, .body = PODLIST(AT("9"), POD("b", "2") "," POD("c", "3")) },
		{ WATCH("9"), .how = FAKE_OPEN, .body = EVENT("ADDED", "d", "10") },
	};
	static const struct fake_rule named[] = { { "GET " PODS "?limit=500&fieldSelector=metadata.name%3Da ",
		.body = PODLIST(AT("3"), "") } };
	static const struct fake_rule refused[] = {
		{ LIST, .body = PODLIST(AT("3"), "") },
		{ WATCH("3"), 403, .body = STATUS("403", "Forbidden", "pods is forbidden", "") },
	};
	struct stream_options watch = { .watch = true };

	check("a watch goes on from its version over every kind of end", resumed, COUNT(resumed), watch,
		"ADDED a/1 ADDED b/2 MODIFIED a/4 ADDED c/5 DELETED a/6 ADDED a/9");
	check("410 as an event: only the difference is told", gone, COUNT(gone), watch,
		"ADDED a/1 ADDED b/2 ADDED c/3 MODIFIED b/4 MODIFIED c/7 ADDED d/8 DELETED a/1 MODIFIED d/10");
	check("410 as a status, and a second list of two pages", gone_status, COUNT(gone_status), watch,
		"ADDED a/1 ADDED b/4 DELETED a/10");
	check("a list of two points in time is compared with a third", two_times, COUNT(two_times),
		(struct stream_options){ .watch = true, .marks = true },
		"ADDED a/1 ADDED b/8 MODIFIED a/5 LISTED MODIFIED b/12");
	check("a list that had to begin anew", anew, COUNT(anew), watch,
		"ADDED a/1 ADDED b/2 ADDED c/3 DELETED a/1 ADDED d/10");
	check("whole lists, for who compares himself", gone, COUNT(gone),
		(struct stream_options){ .watch = true, .relists = true },
		"LISTING ADDED a/1 ADDED b/2 ADDED c/3 LISTED MODIFIED b/4 LISTING ADDED b/4 ADDED c/7 ADDED d/8 "
		"LISTED "
		"MODIFIED d/10");
	check("a name that is not there", named, COUNT(named), (struct stream_options){ .watch = true, .name = "a" },
		" failed 3: pods \"a\" not found");
	check("a watch that may not be", refused, COUNT(refused), watch, " failed 4: pods is forbidden");
}

static void test_patience(void)
{
	static const struct fake_rule rules[] = {
		{ LIST, .body = PODLIST(AT("3"), POD("a", "1")) },
		{ WATCH("3"), .how = FAKE_CUT },
		{ WATCH("3"), .how = FAKE_CUT },
	};
	scoped_ptr(loop) struct loop *loop = loop_new();
	struct stream_options options = {
		.version = "v1", .plural = "pods", .ns = "ns", .watch = true, .patience_ms = 1
	};
	scoped_free char *got = NULL;
	struct client *client;
	struct fake fake;

	fake_start(&fake, rules, COUNT(rules));
	client = client_new(loop, &fake.endpoint, "test");
	got = told(client, &options, -1);
	ok(strncmp(got, "ADDED a/1 failed 6: cluster at unix://", 38) == 0, "patience ends (%s)", got);
	client_free(client);
	fake_stop(&fake);
}

int main(void)
{
	test_lists();
	test_broken_lists();
	test_watches();
	test_patience();
	return tap_end();
}
