/* The scanner (lines.h, over nest.h), compact.h and indent.h. */
#include "formats/lines.h"

#include "base/err.h"
#include "base/mem.h"
#include "formats/compact.h"
#include "formats/indent.h"
#include "tap.h"

/* Feeds text in pieces of the given size; the objects with "|" behind each, or the error. The caller frees. */
static char *cut(const char *text, size_t piece, size_t max)
{
	scoped(lines) struct lines lines = { .max = max };
	scoped(err) struct err err = { 0 };
	scoped(buf) struct buf got = { 0 };
	size_t len = strlen(text);
	struct slice object;

	for (size_t i = 0; i < len; i += piece) {
		/* Of its own, so that a sanitizer sees whoever reads behind it. */
		scoped_free char *copy = mem_dup_n(text + i, len - i < piece ? len - i : piece);
		int more;

		lines_feed(&lines, copy, strlen(copy));
		while ((more = lines_next(&lines, &object, &err)) > 0) {
			buf_add_slice(&got, object);
			buf_add_char(&got, '|');
		}
		if (more < 0)
			return mem_dup(err_text(&err));
	}
	if (lines_end(&lines, &err) < 0)
		return mem_dup(err_text(&err));
	return buf_steal(&got);
}

/* The same from pieces of every size. */
static void cuts(const char *text, const char *wanted, const char *words)
{
	for (size_t piece = 1; piece <= strlen(text) + 1; piece++) {
		scoped_free char *got = cut(text, piece, 0);

		if (strcmp(got, wanted) != 0) {
			same(got, wanted, words);
			printf("# in pieces of %zu\n", piece);
			return;
		}
	}
	ok(true, "%s", words);
}

static char *repeat(const char *text, size_t times)
{
	struct buf buf = { 0 };

	while (times--)
		buf_add_text(&buf, text);
	return buf_steal(&buf);
}

static void test_objects(void)
{
	cuts("", "", "nothing is no object");
	cuts(" \n\t\r\n", "", "white space is no object");
	cuts("{}", "{}|", "the empty object");
	cuts("{\"a\":1}\n{\"b\":[2,{}]}\n", "{\"a\":1}|{\"b\":[2,{}]}|", "two lines");
	cuts("{}{}\n\n{}", "{}|{}|{}|", "concatenated, and with an empty line between");
	cuts("{\n \"a\": [\n ]\n}\n", "{\n \"a\": [\n ]\n}|", "indented, byte for byte");
	cuts("{\"a\":\"}]{[\",\"\\\"\":\"\\\\\"}{}", "{\"a\":\"}]{[\",\"\\\"\":\"\\\\\"}|{}|",
		"brackets and escapes in strings");
	cuts("{\"a\":\"\\\\\\\\\\\"}{\\\\\"}{}", "{\"a\":\"\\\\\\\\\\\"}{\\\\\"}|{}|",
		"runs of backslashes, odd and even");
	cuts("{\"\xc3\xa4\":\"\xf0\x9f\x90\xb3\xff\"}", "{\"\xc3\xa4\":\"\xf0\x9f\x90\xb3\xff\"}|",
		"UTF-8, and what is none");
}

/* A run of backslashes and a quote at every place in a block of 64, of every length up to over a block. */
static void test_backslashes(void)
{
	for (size_t before = 0; before < 70; before++)
		for (size_t run = 0; run < 140; run += run < 6 ? 1 : 29) {
			scoped_free char *x = repeat("x", before), *b = repeat("\\", run);
			scoped_free char *tail = mem_printf("%s\"}", run % 2 ? "\"" : "");
			scoped_free char *text = mem_printf("{\"%s%s%s{}", x, b, tail);
			scoped_free char *wanted = mem_printf("{\"%s%s%s|{}|", x, b, tail);
			scoped_free char *whole = cut(text, 4096, 0), *parts = cut(text, 7, 0);

			if (strcmp(whole, wanted) != 0 || strcmp(parts, wanted) != 0) {
				ok(false, "%zu backslashes behind %zu bytes", run, before);
				return;
			}
		}
	ok(true, "backslashes before a quote at every place of a block");
}

static void test_malformed(void)
{
	cuts("[]", "malformed JSON at byte 0: a JSON object was expected", "an array");
	cuts("{}\nnull", "malformed JSON at byte 3: a JSON object was expected", "a bare word behind an object");
	cuts("{\"a\":[}", "malformed JSON at byte 6: a } closes an array", "a } closes a [");
	cuts("{\"a\":{]", "malformed JSON at byte 6: a ] closes an object", "a ] closes a {");
	cuts("{\"a\n\":1}", "malformed JSON at byte 3: a control character in a string", "a newline in a string");
	cuts("{\\}", "malformed JSON at byte 1: a backslash outside a string", "a backslash outside strings");
	cuts("{} {\"a\":", "the input ends at byte 8, inside the object that began at byte 3",
		"the end inside an object");
	cuts("{\"a", "the input ends at byte 3, inside the object that began at byte 0", "the end inside a string");
}

static void test_depth(void)
{
	scoped_free char *open = repeat("[", NEST_MAX_DEPTH - 1), *close = repeat("]", NEST_MAX_DEPTH - 1);
	scoped_free char *fits = mem_printf("{\"a\":%s%s}", open, close);
	scoped_free char *over = mem_printf("{\"a\":[%s%s]}", open, close);
	scoped_free char *wanted = mem_printf("%s|", fits);
	scoped_free char *got = cut(fits, 1000, 0), *refused = cut(over, 1000, 0);

	ok(!strcmp(got, wanted), "10000 levels");
	same(refused, "malformed JSON at byte 10004: nested deeper than 10000", "one level more");
}

static void test_max(void)
{
	scoped_free char *at = cut("{} {\"a\":12}", 3, 8), *over = cut("{} {\"a\":123}", 3, 8);
	scoped_free char *whole = cut("{} {\"a\":123}", 100, 8);

	same(at, "{}|{\"a\":12}|", "as large as is taken");
	same(over, "the object at byte 3 is larger than 8 bytes", "larger, in pieces");
	same(whole, "the object at byte 3 is larger than 8 bytes", "larger, at once");
}

static void test_spaced(void)
{
	static const struct {
		const char *text;
		bool spaced;
	} cases[] = {
		{ "{\"a\":\" \"}\n", false },
		{ " {\"a\":1}", false },
		{ "{\"a\": 1}", true },
		{ "{\"a\":1\n}", true },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		scoped(lines) struct lines lines = { 0 };
		scoped(err) struct err err = { 0 };
		struct slice object;

		lines_feed(&lines, cases[i].text, strlen(cases[i].text));
		ok(lines_next(&lines, &object, &err) == 1 && lines.spaced == cases[i].spaced,
			"white space outside strings, case %zu", i);
	}
}

static void compacts(const char *text, const char *wanted, const char *words)
{
	scoped(buf) struct buf got = { 0 };

	compact_add(&got, slice_of(text));
	same(buf_text(&got), wanted, words);
}

static void test_compact(void)
{
	compacts("{\"a\":1}", "{\"a\":1}", "compact stays as it is");
	compacts("{\n  \"a b\" : [ 1,\r\n\t2 ]\n}", "{\"a b\":[1,2]}", "indented becomes compact");
	compacts("{ \"\\\" \\\\\" : \" \\\\\\\" \" }", "{\"\\\" \\\\\":\" \\\\\\\" \"}", "strings stay as they are");
}

static void test_indent(void)
{
	static const char *const texts[] = { "{\"a\":[1,{\"b\\\"\":\"x, y\"},[],{}],\"c\":null}",
		"{ \"a\" : [ 1 , {\"b\\\"\":\"x, y\"}, [ ], { }\n],\"c\":null }" };

	for (size_t i = 0; i < 2; i++) {
		scoped(buf) struct buf got = { 0 };

		indent_add(&got, slice_of(texts[i]), 0, 2);
		same(buf_text(&got),
			"{\n  \"a\": [\n    1,\n    {\n      \"b\\\"\": \"x, y\"\n    },\n    [],\n    {}\n  ],\n  "
			"\"c\": null\n}",
			i ? "spaced becomes indented" : "compact becomes indented");
	}
}

int main(void)
{
	test_objects();
	test_backslashes();
	test_malformed();
	test_depth();
	test_max();
	test_spaced();
	test_compact();
	test_indent();
	return tap_end();
}
