/* custom-columns (columns.h) and the paths in them (jsonpath.h). */
#include "formats/columns.h"

#include "base/err.h"
#include "base/mem.h"
#include "formats/jsonpath.h"
#include "formats/jvs.h"
#include "formats/table.h"
#include "formats/yamls.h"
#include "tap.h"

static const char pod[] =
	"{metadata: {name: web, labels: {app.kubernetes.io/name: x, b: z}}, "
	"spec: {containers: [{name: a, image: 'i:1', ports: [{containerPort: 80}]}, {name: b, image: 'i:2'}]}, "
	"status: {podIP: null, ready: true, count: 1.5, "
	"conditions: [{type: Ready, status: 'True', count: 3}, {type: Other, status: 'False', count: 12}]}}";

/* What the path finds as one JSON array, or the error. */
static void finds(const char *text, const char *wanted)
{
	scoped_ptr(jsonpath) struct jsonpath *path = NULL;
	scoped(err) struct err err = { 0 };
	scoped(jv) jv object = jv_null(), found = jv_null();
	scoped(buf) struct buf got = { 0 };

	yamls_parse(slice_of(pod), &object, NULL, NULL);
	if (jsonpath_parse(slice_of(text), &path, &err) < 0) {
		same(err_text(&err), wanted, text);
		return;
	}
	found = jsonpath_find(path, object);
	jvs_print(found, &got);
	same(buf_text(&got), wanted, text);
}

static void test_paths(void)
{
	finds(".metadata.name", "[\"web\"]");
	finds("metadata.name", "[\"web\"]");
	finds("{.metadata.name}", "[\"web\"]");
	finds("{metadata.name}", "[\"web\"]");
	finds("$.metadata.name", "[\"web\"]");
	finds("['metadata']['name']", "[\"web\"]");
	finds(".metadata.labels.app\\.kubernetes\\.io/name", "[\"x\"]");
	finds(".metadata.labels['app.kubernetes.io/name']", "[\"x\"]");
	finds(".metadata.labels['app\\.kubernetes\\.io/name']", "[\"x\"]");
	finds(".metadata.labels.*", "[\"x\",\"z\"]");
	finds(".nothing.at.all", "[]");
	finds(".spec.containers.name", "[]");
	finds(".status.podIP", "[null]");
	finds(".spec.containers[*].name", "[\"a\",\"b\"]");
	finds(".spec.containers[0].name", "[\"a\"]");
	finds(".spec.containers[-1].name", "[\"b\"]");
	finds(".spec.containers[-2].name", "[\"a\"]");
	finds(".spec.containers[-3].name", "[]");
	finds(".spec.containers[7].name", "[]");
	finds(".spec.containers[0:2].name", "[\"a\",\"b\"]");
	finds(".spec.containers[1:].name", "[\"b\"]");
	finds(".spec.containers[:1].name", "[\"a\"]");
	finds(".spec.containers[::2].name", "[\"a\"]");
	finds(".spec.containers[0,1].name", "[\"a\",\"b\"]");
	finds(".spec.containers[*]['name','image']", "[\"a\",\"b\",\"i:1\",\"i:2\"]");
	finds("..containerPort", "[80]");
	finds(".status.conditions[?(@.type==\"Ready\")].status", "[\"True\"]");
	finds(".status.conditions[?(@.type=='Other')].status", "[\"False\"]");
	finds(".status.conditions[?(@.count>3)].type", "[\"Other\"]");
	finds(".status.conditions[?(@.count>=3)].type", "[\"Ready\",\"Other\"]");
	finds(".status.conditions[?(@.count>'x')].type", "[]");
	finds(".status.conditions[?( @.type != \"Ready\" )].type", "[\"Other\"]");
	finds(".spec.containers[?(@.ports)].name", "[\"a\"]");
	finds(".spec.containers[?(@.ports[0].containerPort==80)].name", "[\"a\"]");
}

static void test_no_paths(void)
{
	finds("", "\"\" is no path: expected 'name1.name2', '.name1.name2', '{name1.name2}' or '{.name1.name2}'");
	finds("{.a}{.b}",
		"\"{.a}{.b}\" is no path: expected 'name1.name2', '.name1.name2', '{name1.name2}' or '{.name1.name2}'");
	finds(".a[", "\".a[\" is no path: unterminated array");
	finds(".a[x]", "\".a[x]\" is no path: invalid array index x");
	finds(".a[]", "\".a[]\" is no path: invalid array index ");
	finds(".a[0:1:0]", "\".a[0:1:0]\" is no path: step must be > 0");
	finds(".a[?(@.b=1)]", "\".a[?(@.b=1)]\" is no path: unrecognized filter operator =");
	finds(".a[?(@.b==x)]", "\".a[?(@.b==x)]\" is no path: unrecognized value x");
	finds(".a....b", "\".a....b\" is no path: invalid multiple recursive descent");
	finds(",a", "\",a\" is no path: unrecognized character ','");
}

/* The table of one pod, or the error. */
static void shows(const char *spec, const char *wanted)
{
	scoped_ptr(columns) struct columns *columns = NULL;
	scoped(table) struct table table = { 0 };
	scoped(err) struct err err = { 0 };
	scoped(jv) jv object = jv_null();
	scoped(buf) struct buf got = { 0 };

	yamls_parse(slice_of(pod), &object, NULL, NULL);
	if (columns_parse(spec, &columns, &err) < 0) {
		same(err_text(&err), wanted, spec);
		return;
	}
	columns_header(columns, &table);
	columns_row(columns, object, &table);
	table_flush(&table, &got);
	same(buf_text(&got), wanted, spec);
}

static void test_columns(void)
{
	shows("NAME:.metadata.name,POD_IP:.status.hostIP", "NAME   POD_IP\nweb    <none>\n");
	shows("name:metadata.name", "name\nweb\n");
	shows("IMAGES:.spec.containers[*].image,X:{.status.podIP}", "IMAGES    X\ni:1,i:2   <nil>\n");
	shows("L:.metadata.labels,N:.status.count,R:.status.ready", "L                                   N     R\n"
								 "map[app.kubernetes.io/name:x b:z]   1.5   true\n");
	shows("P:.spec.containers[0].ports", "P\n[map[containerPort:80]]\n");
	shows("T:.spec.containers[0,1].name,S:.status.conditions[?(@.type==\"Ready\")].status",
		"T     S\na,b   True\n");
	shows("NAME:metdata,name", "custom-columns: \"name\" has no colon: expected NAME:PATH");
	shows("NAME:.metadata.name,", "custom-columns: \"\" has no colon: expected NAME:PATH");
	shows("", "custom-columns: no column is given: expected NAME:PATH,…");
	shows("A:.a[", "custom-columns: A: \".a[\" is no path: unterminated array");
	shows("A:", "custom-columns: A: \"\" is no path: expected 'name1.name2', '.name1.name2', '{name1.name2}' or "
		    "'{.name1.name2}'");
}

int main(void)
{
	test_paths();
	test_no_paths();
	test_columns();
	return tap_end();
}
