/* The jq filter (filter.h). */
#include "formats/filter.h"

#include <sys/stat.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/files.h"
#include "base/mem.h"
#include "formats/jvs.h"
#include "tap.h"

static int add_result(void *arg, jv result, struct err *err)
{
	struct buf *got = arg;

	(void)err;
	jvs_print(result, got);
	buf_add_char(got, '|');
	return 0;
}

static int refuse(void *arg, jv result, struct err *err)
{
	(void)arg;
	(void)result;
	return err_set(err, ERR_CONFLICT, NULL, "refused");
}

/* The results of a program over an input with "|" behind each, and what went wrong. The caller frees. */
static char *run(const char *program, const char *input, const struct strs *paths, jv args)
{
	scoped_ptr(filter) struct filter *filter = NULL;
	scoped(err) struct err err = { 0 };
	scoped(jv) jv value = jv_null();
	struct buf got = { 0 };

	if (jvs_parse(slice_of(input), &value, &err) < 0 || filter_new(program, paths, args, &filter, &err) < 0 ||
		filter_run(filter, value, add_result, &got, &err) < 0)
		buf_printf(&got, "%s (%d)", err_text(&err), err.class);
	return buf_steal(&got);
}

static void runs(const char *program, const char *input, const char *wanted)
{
	scoped_free char *got = run(program, input, NULL, jv_null());

	same(got, wanted, program);
}

static void test_programs(void)
{
	runs(".", "{\"a\":1}", "{\"a\":1}|");
	runs(".[]", "[1,2]", "1|2|");
	runs("empty", "1", "");
	runs(".a | halt", "{}", "");
	runs("\"bad\" | halt_error", "{}", "filter: bad (1)");
	runs("error(\"two\\nlines\")", "{}", "filter: two lines (1)");
	runs("error({a:1})", "{}", "filter: {\"a\":1} (1)");
}

static void test_complaints(void)
{
	scoped_free char *syntax = run(".a |", "{}", NULL, jv_null());
	scoped_free char *unknown = run("nothing_such", "{}", NULL, jv_null());
	scoped_free char *index = run(".[] | .a", "[{\"a\":1},3]", NULL, jv_null());
	scoped_free char *input = run("1, input", "{}", NULL, jv_null());

	ok(strstr(syntax, "filter: syntax error") == syntax && !strchr(syntax, '\n') && strstr(syntax, "(2)"),
		"a syntax error is one line: %s", syntax);
	ok(strstr(unknown, "filter: nothing_such/0 is not defined") == unknown && strstr(unknown, "(2)"),
		"an unknown name is told: %s", unknown);
	ok(strstr(index, "1|filter: Cannot index number with ") == index && strstr(index, "(1)"),
		"a runtime error comes behind the results before it: %s", index);
	ok(strstr(input, "1|filter: ") == input, "there is no second input: %s", input);
}

static void test_arguments(void)
{
	scoped(jv) jv args = jvs_object("n", jv_number(7), NULL);
	scoped_free char *got = run(". + $n", "1", NULL, args);

	same(got, "8|", "arguments are $names");
}

/* A filter is used over and over, also after a run that ended early. */
static void test_again(void)
{
	scoped_ptr(filter) struct filter *filter = NULL;
	scoped(err) struct err err = { 0 };
	scoped(buf) struct buf got = { 0 };
	scoped(jv) jv array = JV_ARRAY(jv_true(), jv_number(0)), number = jv_number(3);

	ok(filter_new(".[]", NULL, jv_null(), &filter, &err) == 0, "compiled");
	ok(filter_run(filter, array, refuse, NULL, &err) < 0 && err.class == ERR_CONFLICT, "the callback ends a run");
	ok(filter_run(filter, number, add_result, &got, &err) < 0, "a run fails");
	ok(filter_run(filter, array, add_result, &got, &err) == 0 && !strcmp(buf_text(&got), "true|0|"),
		"the next is whole");
	ok(filter_test(filter, array, &err) == 1, "the last result counts as truth (0 is true, as in jq)");
}

static void test_views(void)
{
	char folder[] = "/tmp/podline-filter.XXXXXX";
	scoped(strs) struct strs paths = { 0 };
	scoped_free char *view = NULL, *broken = NULL;
	static const char def[] = "def big(n): select(. > n); def big: big(2);";

	ok(mkdtemp(folder) != NULL, "a folder for views");
	view = mem_printf("%s/big.jq", folder);
	broken = mem_printf("%s/broken.jq", folder);
	files_write(view, def, strlen(def), NULL);
	files_write(broken, "def broken: .[", 14, NULL);
	strs_add(&paths, "/nowhere");
	strs_add(&paths, folder);

	scoped_free char *bare = run("big", "3", &paths, jv_null()),
			 *argument = run(".[] | big(3) | .+1", "[3,4]", &paths, jv_null()),
			 *field = run(".big", "{\"big\":1}", &paths, jv_null()),
			 *own = run("def big: 5; big", "1", &paths, jv_null()),
			 *bad = run("broken", "1", &paths, jv_null());

	same(bare, "3|", "a view by its name");
	same(argument, "5|", "a view inside a program, with an argument");
	same(field, "1|", "a field with a view's name");
	same(own, "5|", "a definition of one's own hides the view");
	ok(strstr(bad, "broken.jq") && !strchr(bad, '\n'), "a broken view is named: %s", bad);
	files_remove_tree(folder, NULL);
}

int main(void)
{
	test_programs();
	test_complaints();
	test_arguments();
	test_again();
	test_views();
	return tap_end();
}
