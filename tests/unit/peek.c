/* peek.h and members.h. */
#include "formats/peek.h"

#include "base/err.h"
#include "formats/members.h"
#include "tap.h"

/* "apiVersion kind ns/name uid version deleting", or the error. */
static void peeks(const char *object, const char *wanted, const char *words)
{
	scoped(err) struct err err = { 0 };
	scoped(buf) struct buf got = { 0 };
	struct peek peek;

	if (peek_object(slice_of(object), &peek, &err) < 0) {
		same(err_text(&err), wanted, words);
		return;
	}
	struct slice all[] = { peek.api_version, peek.kind, peek.ns, peek.name, peek.uid, peek.version };

	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		if (all[i].at)
			buf_add_slice(&got, all[i]);
		else
			buf_add_char(&got, '-');
		buf_add_char(&got, ' ');
	}
	buf_add_text(&got, peek.deleting ? "deleting" : "");
	same(buf_text(&got), wanted, words);
}

static void test_object(void)
{
	peeks("{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"a\",\"namespace\":\"n\",\"uid\":\"u\","
		"\"resourceVersion\":\"5\",\"deletionTimestamp\":\"2026-11-24T22:28:19Z\"},\"spec\":{}}",
		"v1 Pod n a u 5 deleting", "all of it");
	peeks("{ \"spec\": {\"kind\":\"x\"}, \"metadata\" : { \"labels\": {\"name\":\"x\"}, \"name\": \"a\" }, \"n\" : "
	      "1 ,"
	      "\"kind\": \"Pod\" }",
		"- Pod - a - - ", "in any order, with white space, and not from further down");
	peeks("{}", "- - - - - - ", "nothing");
	peeks("{\"kind\":7,\"metadata\":{\"name\":null,\"deletionTimestamp\":null}}", "- - - - - - ", "no strings");
	peeks("{\"kind\":\"A\",\"kind\":\"B\",\"metadata\":null}", "- A - - - - ", "the first of a name counts");
	peeks("{\"metadata\":{\"name\":\"a\"},\"kind\":\"Pod\",\"apiVersion\":\"v1\",oops", "v1 Pod - a - - ",
		"nothing is read behind what is wanted");
	peeks("{\"a\" \"b\"}", "malformed JSON at byte 5: a colon was expected", "a colon that is not there");
	peeks("{\"a\":}", "malformed JSON at byte 5: a value was expected", "a value that is not there");
	peeks("{\"a\":\"b", "malformed JSON at byte 7: the end of a string was expected", "a string that does not end");
	peeks("{\"a\":[", "malformed JSON at byte 6: a closing bracket was expected", "a bracket that does not close");
	peeks("{\"a\":1 \"b\":2}", "malformed JSON at byte 7: a comma or } was expected", "a comma that is not there");
	peeks("[]", "malformed JSON at byte 0: { was expected", "no object");
}

static void events(const char *line, int wanted, const char *wanted_type, const char *wanted_object, const char *words)
{
	struct slice type, object;
	int got = peek_event(slice_of(line), &type, &object, NULL);

	ok(got == wanted && slice_is(type, wanted_type) && (got < 0 || slice_is(object, wanted_object)), "%s", words);
}

static void test_event(void)
{
	static const char plain[] = "{\"apiVersion\":\"v1\",\"type\":\"x\",\"object\":{}}";
	static const char secret[] = "{\"type\":\"Opaque\",\"kind\":\"Secret\",\"data\":{}}";

	events("{\"type\":\"ADDED\",\"object\":{\"a\":[1]}}\n", 1, "ADDED", "{\"a\":[1]}", "a watch event");
	events("{ \"object\": {}, \"type\": \"DELETED\" }", 1, "DELETED", "{}", "the other way round");
	events(plain, 0, "", plain, "an object with more keys is no event");
	events(secret, 0, "", secret, "nor is a Secret");
	events("{\"type\":\"ADDED\"}", 0, "", "{\"type\":\"ADDED\"}", "nor half of one");
	events("{\"type\":\"ADDED\",", -1, "", "", "malformed");
}

static void test_values(void)
{
	struct slice object = slice_of("{\"a\":{\"b\": [1, 2]},\"c\":-1.5e3}");
	scoped_free char *text = peek_text(slice_of("a\\\"b\\u00e4")), *bad = peek_text(slice_of("\\x"));

	ok(slice_is(peek_value(peek_value(object, "a"), "b"), "[1, 2]"), "a value's bytes, two levels down");
	ok(slice_is(peek_value(object, "c"), "-1.5e3"), "a number's");
	ok(!peek_value(object, "b").at && !peek_value((struct slice){ 0 }, "b").at, "none where it is not");
	same(text, "a\"b\xc3\xa4", "escapes undone");
	same(bad, "\\x", "no string's inside is left as it is");
}

int main(void)
{
	test_object();
	test_event();
	test_values();
	return tap_end();
}
