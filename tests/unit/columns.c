/* -o custom-columns, in kubectl's strict and looser spellings. */
#include "formats/columns.h"

#include "base/err.h"
#include "formats/jvs.h"
#include "formats/table.h"
#include "tap.h"

static const char POD[] =
	"{\"metadata\":{\"name\":\"web\",\"labels\":{\"app.kubernetes.io/name\":\"x\"}},\"status\":{\"podIP\":\"10.0.0.1\","
	"\"conditions\":[{\"type\":\"Initialized\",\"status\":\"False\"},{\"type\":\"Ready\",\"status\":\"True\"}]},"
	"\"spec\":{\"containers\":[{\"name\":\"a\",\"image\":\"i:1\"},{\"name\":\"b\",\"image\":\"i:2\"}],\"priority\":5}}";

static const struct {
	const char *path, *cell;
} cases[] = {
	{ ".metadata.name", "web" },
	{ "metadata.name", "web" },
	{ "{.metadata.name}", "web" },
	{ "{metadata.name}", "web" },
	{ "$.metadata.name", "web" },
	{ ".status.podIP", "10.0.0.1" },
	{ ".status.nothing", "<none>" },
	{ ".metadata.labels.app\\.kubernetes\\.io/name", "x" },
	{ ".metadata.labels['app.kubernetes.io/name']", "x" },
	{ ".spec.containers[*].image", "i:1,i:2" },
	{ ".spec.containers[0].name", "a" },
	{ ".spec.containers[-1].name", "b" },
	{ ".spec.containers[7].name", "<none>" },
	{ ".spec.containers[0:1].name", "a" },
	{ ".spec.priority", "5" },
	{ "..image", "i:1,i:2" },
	{ ".status.conditions[?(@.type==\"Ready\")].status", "True" },
	{ ".status.conditions[?(@.type!='Ready')].status", "False" },
	{ ".spec.containers[?(@.name)].name", "a,b" },
	{ ".metadata.labels", "{\"app.kubernetes.io/name\":\"x\"}" },
};

static const struct {
	const char *spec, *named;
} bad[] = {
	{ "NAME:metdata,name", "\"name\"" },
	{ "", "\"\"" },
	{ "NAME:", "\"NAME:\"" },
	{ ":x", "\":x\"" },
	{ "A:.a,B:.b[", "column B" },
	{ "A:.a[?(@.b==)]", "column A" },
	{ "A:{.a", "column A" },
};

static void good_cells(jv pod)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		scoped_ptr(columns) struct columns *columns = NULL;
		scoped(table) struct table table = { 0 };
		scoped(buf) struct buf spec = { 0 }, text = { 0 }, wanted = { 0 };
		scoped(err) struct err err = { 0 };

		buf_printf(&spec, "C:%s", cases[i].path);
		buf_printf(&wanted, "%s\n", cases[i].cell);
		if (columns_parse(buf_text(&spec), &columns, &err) == 0) {
			columns_row(columns, pod, &table);
			table_flush(&table, &text);
		}
		if (!same(buf_text(&text), buf_text(&wanted), cases[i].path))
			printf("# %s\n", err_text(&err));
	}
}

int main(void)
{
	scoped(jv) jv pod = jv_null();

	jvs_parse(slice_of(POD), &pod, NULL);
	good_cells(pod);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		scoped_ptr(columns) struct columns *columns = NULL;
		scoped(err) struct err err = { 0 };

		ok(columns_parse(bad[i].spec, &columns, &err) < 0 && strstr(err_text(&err), bad[i].named),
			"\"%s\" is refused: %s", bad[i].spec, err_text(&err));
	}
	return tap_end();
}
