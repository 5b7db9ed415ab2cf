/* Label and field selectors (selector.h). Texts of errors are what a real server said, or upstream's source says. */
#include "formats/selector.h"

#include "base/err.h"
#include "base/mem.h"
#include "formats/jvs.h"
#include "tap.h"

#define NAME_RULE                                                                                                      \
	"must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "       \
	"character"                                                                                                    \
	" (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "                                 \
	"'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
#define VALUE_RULE                                                                                                     \
	"a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must "      \
	"start "                                                                                                       \
	"and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for "         \
	"validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"

typedef int parser(const char *text, struct selector **selector, struct err *err);

/* The canonical text, or the error. The caller frees. */
static char *parse(parser *parse, const char *text)
{
	scoped_ptr(selector) struct selector *selector = NULL;
	scoped(err) struct err err = { 0 };

	if (parse(text, &selector, &err) < 0)
		return mem_dup(err_text(&err));
	return selector_text(selector);
}

static void test_texts(void)
{
	static const struct {
		parser *parse;
		const char *text, *wanted;
	} cases[] = {
		{ selector_parse_labels, "", "" },
		{ selector_parse_labels, " ", "" },
		{ selector_parse_labels, "app=web", "app=web" },
		{ selector_parse_labels, " app = web , tier ", "app=web,tier" },
		{ selector_parse_labels, "b==1,a!=2,!c", "a!=2,b==1,!c" },
		{ selector_parse_labels, "x in (b,a,b),y notin(c)", "x in (a,b),y notin (c)" },
		{ selector_parse_labels, "x in (),y in (,a),z in (a,,b,)", "x in (),y in (,a),z in (,a,b)" },
		{ selector_parse_labels, "n>5,n<9", "n>5,n<9" },
		{ selector_parse_labels, "canary=", "canary=" },
		{ selector_parse_labels, "a=,b", "a=,b" },
		{ selector_parse_labels, "in in (in,notin),notin=in", "in in (in,notin),notin=in" },
		{ selector_parse_labels, "a.b/c_d=E-f.g", "a.b/c_d=E-f.g" },
		{ selector_parse_labels, "app like a",
			"unable to parse requirement: found 'like', expected: in, notin, =, ==, !=, gt, lt" },
		{ selector_parse_labels, "app in (a", "unable to parse requirement: found '', expected: ',' or ')'" },
		{ selector_parse_labels, "app in a", "unable to parse requirement: found 'a' expected: '('" },
		{ selector_parse_labels, "app in (=)",
			"unable to parse requirement: found '=', expected: ',', ')' or identifier" },
		{ selector_parse_labels, "app in (,=)",
			"unable to parse requirement: found '=', expected: ',', or identifier" },
		{ selector_parse_labels, "a,", "found '', expected: identifier after ','" },
		{ selector_parse_labels, "a=b c", "found 'c', expected: ',' or 'end of string'" },
		{ selector_parse_labels, "=a", "found '=', expected: !, identifier, or 'end of string'" },
		{ selector_parse_labels, "!=a", "found '!=', expected: !, identifier, or 'end of string'" },
		{ selector_parse_labels, "!", "unable to parse requirement: found '', expected: identifier" },
		{ selector_parse_labels, "a==!b", "unable to parse requirement: found '!', expected: identifier" },
		{ selector_parse_labels, "!a=b", "found '=', expected: ',' or 'end of string'" },
		{ selector_parse_labels, "a/b/c=1",
			"unable to parse requirement: <nil>: Invalid value: \"a/b/c\": a valid label key " NAME_RULE
			" with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')" },
		{ selector_parse_labels, "-a",
			"unable to parse requirement: <nil>: Invalid value: \"-a\": name part " NAME_RULE },
		{ selector_parse_labels, "/a",
			"unable to parse requirement: <nil>: Invalid value: \"/a\": prefix part must be non-empty" },
		{ selector_parse_labels, "a=-b",
			"unable to parse requirement: values[0][a]: Invalid value: \"-b\": " VALUE_RULE },
		{ selector_parse_labels, "a>x",
			"unable to parse requirement: values[0]: Invalid value: \"x\": for 'Gt', 'Lt' operators, the "
			"value must be an "
			"integer" },
		{ selector_parse_fields, "", "" },
		{ selector_parse_fields, "metadata.name=a", "metadata.name=a" },
		{ selector_parse_fields, "b==1,,a!=2", "a!=2,b=1" },
		{ selector_parse_fields, "a=x\\,y\\=z\\\\", "a=x\\,y\\=z\\\\" },
		{ selector_parse_fields, "a=", "a=" },
		{ selector_parse_fields, "metadata.name",
			"invalid selector: 'metadata.name'; can't understand 'metadata.name'" },
		{ selector_parse_fields, "a=1,metadata.name in (p1)",
			"invalid selector: 'a=1,metadata.name in (p1)'; can't understand 'metadata.name in (p1)'" },
		{ selector_parse_fields, "a=b=c", "invalid field selector: unescaped character in value: 61" },
		{ selector_parse_fields, "a=\\b", "invalid field selector: invalid escape sequence: \\b" },
		{ selector_parse_fields, "a=b\\", "invalid field selector: invalid escape sequence: \\" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		scoped_free char *got = parse(cases[i].parse, cases[i].text);
		scoped_free char *words = mem_printf("'%s'", cases[i].text);

		same(got, cases[i].wanted, words);
	}
}

static void test_lengths(void)
{
	char key[65], text[200];
	scoped_free char *long_key = NULL, *long_value = NULL;

	memset(key, 'a', 64);
	key[64] = '\0';
	long_key = parse(selector_parse_labels, key);
	same(long_key,
		"unable to parse requirement: <nil>: Invalid value: "
		"\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\": name part must be no more than "
		"63 bytes",
		"a name of 64 bytes");
	snprintf(text, sizeof text, "a=%s", key);
	long_value = parse(selector_parse_labels, text);
	ok(strstr(long_value, "must be no more than 63 bytes"), "a value of 64 bytes");
}

static void matches(const char *text, const char *labels, bool wanted)
{
	scoped_ptr(selector) struct selector *selector = NULL;
	scoped(jv) jv object = jv_null();

	if (*labels)
		jvs_parse(slice_of(labels), &object, NULL);
	ok(selector_parse_labels(text, &selector, NULL) == 0 && selector_matches(selector, object) == wanted,
		"'%s' %s %s", text, wanted ? "matches" : "does not match", labels);
}

static void test_matching(void)
{
	static const char web[] = "{\"app\":\"web\",\"n\":\"7\",\"e\":\"\"}";

	matches("", web, true);
	matches("", "", true);
	matches("app=web,n==7", web, true);
	matches("app=db", web, false);
	matches("app!=db,none!=x", web, true);
	matches("app!=web", web, false);
	matches("app in (db,web),app notin (x)", web, true);
	matches("none in (x)", web, false);
	matches("none notin (x)", web, true);
	matches("app,!none,e", web, true);
	matches("none", web, false);
	matches("!app", web, false);
	matches("e=", web, true);
	matches("none=", web, false);
	matches("n>6,n<8", web, true);
	matches("n>7", web, false);
	matches("app>1", web, false);
	matches("app=web", "", false);
}

static const char *field(void *arg, const char *key)
{
	(void)arg;
	return strcmp(key, "metadata.name") == 0 ? "a" : NULL;
}

static void test_fields(void)
{
	scoped_ptr(selector) struct selector *selector = NULL, *empty = NULL;

	selector_parse_fields("metadata.name=a,x!=y,spec.nodeName=", &selector, NULL);
	ok(selector_matches_with(selector, field, NULL), "a field that is not there is empty");
	same(selector_key(selector, 0), "metadata.name", "the keys can be read");
	same(selector_equals(selector, 0), "a", "and what they are to equal");
	ok(!selector_equals(selector, 2) && !selector_key(selector, 3),
		"but not where it is another operator, or the end");
	selector_parse_fields("metadata.name!=a", &empty, NULL);
	ok(!selector_matches_with(empty, field, NULL), "!= does not match");
	ok(selector_matches_with(NULL, field, NULL) && !selector_key(NULL, 0), "none matches everything");
}

/* The canonical text, "nothing", or the error, of a LabelSelector. */
static void from_object(const char *object, const char *wanted)
{
	scoped_ptr(selector) struct selector *selector = NULL;
	scoped(err) struct err err = { 0 };
	scoped(jv) jv value = jv_null();
	scoped_free char *text = NULL;

	jvs_parse(slice_of(object), &value, NULL);
	if (selector_from_object(value, &selector, &err) < 0)
		text = mem_dup(err_text(&err));
	else
		text = selector_text(selector);
	same(text, wanted, object);
}

static void test_objects(void)
{
	scoped_ptr(selector) struct selector *nothing = NULL, *everything = NULL;
	scoped(jv) jv null = jv_null(), empty = jv_object();

	ok(selector_from_object(null, &nothing, NULL) == 0 && !selector_matches(nothing, empty),
		"null matches nothing");
	ok(selector_from_object(empty, &everything, NULL) == 0 && selector_matches(everything, empty),
		"{} matches everything");
	from_object("{\"matchLabels\":{\"b\":\"2\",\"a\":\"1\"}}", "a=1,b=2");
	from_object("{\"matchExpressions\":[{\"key\":\"b\",\"operator\":\"In\",\"values\":[\"y\",\"x\"]},"
		    "{\"key\":\"a\",\"operator\":\"DoesNotExist\"},{\"key\":\"c\",\"operator\":\"NotIn\",\"values\":["
		    "\"z\"]}]}",
		"!a,b in (x,y),c notin (z)");
	from_object("{\"matchExpressions\":[{\"key\":\"b\",\"operator\":\"Like\"}]}",
		"\"Like\" is not a valid label selector operator");
	from_object("{\"matchExpressions\":[{\"key\":\"b\",\"operator\":\"In\"}]}",
		"values: Invalid value: null: for 'in', 'notin' operators, values set can't be empty");
	from_object("{\"matchExpressions\":[{\"key\":\"b\",\"operator\":\"Exists\",\"values\":[\"x\"]}]}",
		"values: Invalid value: [\"x\"]: values set must be empty for exists and does not exist");
}

int main(void)
{
	test_texts();
	test_lengths();
	test_matching();
	test_fields();
	test_objects();
	return tap_end();
}
