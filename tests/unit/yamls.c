/* YAML to and from jv (yamls.h, scalar.h). What kubectl prints was compared with kubectl 1.32's own output. */
#include "formats/yamls.h"

#include "base/err.h"
#include "base/mem.h"
#include "formats/jvs.h"
#include "tap.h"

/* Every document compact with "|" behind it, then the error if there is one. The caller frees. */
static char *read_all(const char *text)
{
	scoped_ptr(yamls) struct yamls *yamls = yamls_new(slice_of(text));
	scoped(err) struct err err = { 0 };
	struct buf got = { 0 };
	int more = 1;

	while (more > 0) {
		scoped(jv) jv value = jv_null();

		more = yamls_next(yamls, &value, &err);
		if (more > 0) {
			jvs_print(value, &got);
			buf_add_char(&got, '|');
		}
	}
	if (more < 0)
		buf_add_text(&got, err_text(&err));
	return buf_steal(&got);
}

static void reads(const char *text, const char *wanted)
{
	scoped_free char *got = read_all(text);
	scoped_free char *words = mem_dup(text);

	for (char *at = words; *at; at++)
		if (*at == '\n' || *at == '#')
			*at = '~';
	same(got, wanted, words);
}

static void test_scalars(void)
{
	reads("[1, -2, +3, 0x1F, 0o17, 017, 0b11, -0b11, 1_000, 08]", "[1,-2,3,31,15,15,3,-3,1000,8]|");
	reads("[1.5, .5, -1e3, 1., 9007199254740991]", "[1.5,0.5,-1000,1,9007199254740991]|");
	reads("[yes, On, TRUE, y, no, off, False, n]", "[true,true,true,true,false,false,false,false]|");
	reads("[null, Null, ~, '', \"\"]", "[null,null,null,\"\",\"\"]|");
	reads("[yEs, nul, 1x, 0x, 1e, '1', \"yes\", 1:30, 100m]",
		"[\"yEs\",\"nul\",\"1x\",\"0x\",\"1e\",\"1\",\"yes\",\"1:30\",\"100m\"]|");
	reads("[2026-11-24, 2026-11-24T22:22:42Z, 2026-1]", "[\"2026-11-24\",\"2026-11-24T22:22:42Z\",\"2026-1\"]|");
	reads("[!!str 1, !!float 1, !!int '7', !mine 1, ! 1]", "[\"1\",1,7,\"1\",\"1\"]|");
	reads("a: |\n  one\n   two\nb: >-\n  one\n  two\n", "{\"a\":\"one\\n two\\n\",\"b\":\"one two\"}|");
	reads("!!int abc", "document 1, line 1, column 1: cannot decode !!str `abc` as a !!int");
	reads("a: .inf", "document 1, line 1, column 4: json: unsupported value: .inf");
	reads("!!binary aGk=", "document 1, line 1, column 1: !!binary is not taken: JSON has no bytes");
}

static void test_keys(void)
{
	reads("{1: a, yes: b, 0x10: c, 1.5: d, 2026-01-01: e}",
		"{\"1\":\"a\",\"true\":\"b\",\"16\":\"c\",\"1.5\":\"d\",\"2026-01-01\":\"e\"}|");
	reads("~: a", "document 1, line 1, column 1: a key that is null: only text, numbers and booleans can be one");
	reads("[a]: b", "document 1, line 1, column 1: a key that is a map or a list: only text, numbers and booleans "
			"can be one");
	reads("a: 1\nb: 2\na: 3", "document 1, line 3, column 4: key \"a\" already set in map");
}

static void test_anchors(void)
{
	reads("a: &x {b: 1}\nc: *x\n", "{\"a\":{\"b\":1},\"c\":{\"b\":1}}|");
	reads("&k key: 1\nother: *k\n", "{\"key\":1,\"other\":\"key\"}|");
	reads("a: &x {p: 1, q: 2}\nb:\n  q: 3\n  <<: *x\n", "{\"a\":{\"p\":1,\"q\":2},\"b\":{\"q\":3,\"p\":1}}|");
	reads("b:\n  <<: [{p: 1}, {p: 2, q: 2}]\n  r: 3\n", "{\"b\":{\"r\":3,\"p\":1,\"q\":2}}|");
	reads("'<<': a", "{\"<<\":\"a\"}|");
	reads("<<: a", "document 1, line 1, column 5: map merge requires map or sequence of maps as the value");
	reads("a: *x", "document 1, line 1, column 4: unknown anchor 'x' referenced");
	reads("a: &x [*x]", "document 1, line 1, column 8: anchor 'x' value contains itself");
	reads("a: &x 1\n---\nb: *x", "{\"a\":1}|document 2, line 3, column 4: unknown anchor 'x' referenced");
}

/* Each level repeats the one before ten times. */
static void test_bomb(void)
{
	scoped(buf) struct buf text = { 0 };
	scoped_free char *got = NULL;

	buf_add_text(&text, "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]\n");
	for (int i = 1; i < 12; i++) {
		buf_printf(&text, "a%d: &a%d [", i, i);
		for (int j = 0; j < 10; j++)
			buf_printf(&text, "%s*a%d", j ? ", " : "", i - 1);
		buf_add_text(&text, "]\n");
	}
	got = read_all(buf_text(&text));
	ok(strstr(got, "document contains excessive aliasing"), "a bomb of aliases: %s", got);
}

static void test_depth(void)
{
	char text[2 * YAML_MAX_DEPTH + 3];
	scoped_free char *fits = NULL, *over = NULL;

	memset(text, '[', YAML_MAX_DEPTH + 1);
	memset(text + YAML_MAX_DEPTH + 1, ']', YAML_MAX_DEPTH + 1);
	text[2 * YAML_MAX_DEPTH + 2] = '\0';
	over = read_all(text);
	text[2 * YAML_MAX_DEPTH + 1] = '\0';
	fits = read_all(text + 1);
	ok(fits[0] == '[' && !strstr(fits, "deeper"), "256 levels");
	same(over, "document 1, line 1, column 257: nested deeper than 256", "one level more");
}

static void test_documents(void)
{
	reads("", "");
	reads("# nothing\n", "");
	reads("---\n---\na: 1\n---\n# none\n---\nb: 2\n...\n", "{\"a\":1}|{\"b\":2}|");
	reads("a: 1\n---\nkind: Pod\n  metadata: : x\n",
		"{\"a\":1}|document 2, line 4, column 11: mapping values are not allowed in this context");
	reads("a: 1\n---\nb: [\n", "{\"a\":1}|document 2, line 4, column 1: did not find expected node content");
	reads("\xff", "document 1, byte 0: invalid leading UTF-8 octet");
}

static void test_json(void)
{
	reads("{\"a\":\"\\ud83d\\udc33\\/\"}", "{\"a\":\"\xf0\x9f\x90\xb3/\"}|");
	reads("{\"a\":1}\n{\"b\":2} {\"c\":3}", "{\"a\":1}|{\"b\":2}|{\"c\":3}|");
	reads("{\"a\":1}\n---\nb: 2\n", "{\"a\":1}|{\"b\":2}|");
	reads("{a: 1}\n", "{\"a\":1}|");
	reads("\n  { \"a\": 1,\n  # yes\n b: 2 }\n", "{\"a\":1,\"b\":2}|");
	reads("{\"a\":\n", "document 1: an object that is not closed");
	reads("{}\n\n{\"a\":1,}x", "{}|{\"a\":1}|document 3, line 3, column 9: did not find expected <document start>");
}

static void test_places(void)
{
	scoped_ptr(yamls) struct yamls *yamls = yamls_new(slice_of("{}\n# two\n---\na: 1\n"));
	scoped(jv) jv first = jv_null(), second = jv_null();

	ok(yamls_next(yamls, &first, NULL) == 1 && yamls_document(yamls) == 1 && yamls_line(yamls) == 1,
		"the first document");
	ok(yamls_next(yamls, &second, NULL) == 1 && yamls_document(yamls) == 2 && yamls_line(yamls) == 3,
		"and the second");
}

/* What a server answers. */
static void test_go_words(void)
{
	scoped(err) struct err err = { 0 };
	scoped(strs) struct strs told = { 0 };
	scoped(jv) jv value = jv_null(), bad = jv_null(), two = jv_null();
	scoped(buf) struct buf text = { 0 };

	ok(yamls_parse(slice_of("apiVersion: v1\nkind: Pod\n  metadata: : x\n- foo"), &bad, NULL, &err) < 0,
		"malformed");
	same(err_text(&err), "yaml: line 3: mapping values are not allowed in this context", "as Go says it");
	ok(yamls_parse(slice_of("a: 1\nm:\n  yes: 1\n  true: 2\na:\n  b: 1\n"), &value, &told, &err) == 0,
		"duplicate keys");
	jvs_print(value, &text);
	same(buf_text(&text), "{\"a\":{\"b\":1},\"m\":{\"true\":2}}", "the last counts");
	ok(told.len == 2, "both are told");
	same(told.at[0], "line 4: key true already set in map", "a boolean");
	same(told.at[1], "line 6: key \"a\" already set in map", "a text");
	ok(yamls_parse(slice_of("a: 1\n---\nb: 2\n"), &two, NULL, &err) == 0 && jvs_get_int(two, "a", 0) == 1,
		"a second document is not read");
}

static void prints(const char *json, const char *wanted)
{
	scoped(jv) jv value = jv_null();
	scoped(buf) struct buf got = { 0 };

	jvs_parse(slice_of(json), &value, NULL);
	yamls_print(value, &got);
	same(buf_text(&got), wanted, json);
}

static void test_printing(void)
{
	prints("{\"b\":{\"y\":[{\"c\":1,\"a\":[]},2],\"x\":{}},\"a\":null}",
		"a: null\nb:\n  x: {}\n  \"y\":\n  - a: []\n    c: 1\n  - 2\n");
	prints("[1,-0.5,1e3,12345678.5,1e-7,9007199254740991,true]",
		"- 1\n- -0.5\n- 1000\n- 1.23456785e+07\n- 1e-07\n- 9007199254740991\n- true\n");
	prints("[\"a\",\"\",\"1\",\"yes\",\"null\",\"1:30\",\"2026-11-24T22:22:42Z\",\"a: b\",\"a #b\",\"- "
	       "a\",\"<<\",\"100m\"]",
		"- a\n- \"\"\n- \"1\"\n- \"yes\"\n- \"null\"\n- \"1:30\"\n- \"2026-11-24T22:22:42Z\"\n- 'a: b'\n- 'a "
		"#b'\n- '- a'\n"
		"- <<\n- 100m\n");
	prints("{\"<<\":1,\"a\":\"two\\nlines\\n\",\"b\":\"no end\\nat all\",\"c\":\"more\\n\\n\"}",
		"\"<<\": 1\na: |\n  two\n  lines\nb: |-\n  no end\n  at all\nc: |+\n  more\n\n");
	prints("{\"m\":\"0/3 nodes are available: 1 node(s) had untolerated taint(s), 2 Insufficient cpu. no more than "
	       "that.\"}",
		"m: '0/3 nodes are available: 1 node(s) had untolerated taint(s), 2 Insufficient cpu.\n  no more than "
		"that.'\n");
	prints("{\"a10\":1,\"a9\":1,\"B\":1,\"b\":1,\"a.b\":1,\"a-b\":1,\"ab\":1}",
		"B: 1\na-b: 1\na.b: 1\na9: 1\na10: 1\nab: 1\nb: 1\n");
	prints("\"text\"", "text\n");
}

int main(void)
{
	test_scalars();
	test_keys();
	test_anchors();
	test_bomb();
	test_depth();
	test_documents();
	test_json();
	test_places();
	test_go_words();
	test_printing();
	return tap_end();
}
