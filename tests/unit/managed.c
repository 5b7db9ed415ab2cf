/* Who owns which field, and server-side apply: managed.h. Each scenario is a row of steps on one object. */
#include "api/managed.h"

#include "api/invalid.h"
#include "api/schema.h"
#include "base/err.h"
#include "base/strs.h"
#include "objects.h"
#include "tap.h"

enum what { END, UPDATE, STATUS, APPLY, FORCE };

/* After each step: what is in the object (a path) and who owns what; of a failure its words. */
struct step {
	enum what what;
	const char *manager, *body;
	const char *path, *value;
	const char *owners; /* "NAME A|U FIELDS", a line each; or the failure */
};

#define TEMPLATE(containers)                                                                                           \
	"'spec':{'selector':{'matchLabels':{'a':'b'}},'template':{'spec':{'containers':[" containers "]}}}"
#define ITEM(name) "'k:{\\'name\\':\\'" name "\\'}':{'.':{},'f:image':{},'f:name':{}"
#define PORT ",'f:ports':{'k:{\\'containerPort\\':80,\\'protocol\\':\\'TCP\\'}':{'.':{},'f:containerPort':{}}}"
#define ONE_HAS(more) \
	"one A {'f:spec':{'f:selector':{},'f:template':{'f:spec':{'f:containers':{" ITEM("a") more "}}}}}}"
#define TWO_HAS_B "\ntwo A {'f:spec':{'f:template':{'f:spec':{'f:containers':{" ITEM("b") "}}}}}}"

static const struct {
	const char *words, *kind;
	struct step steps[8];
} scenarios[] = {
	{ "updates", "v1/ConfigMap",
		{ { UPDATE, "one", "{'data':{'a':'1'}}", "data", "{'a':'1'}", "one U {'f:data':{'.':{},'f:a':{}}}" },
			{ UPDATE, "two", "{'data':{'a':'1','b':'2'}}", "data", "{'a':'1','b':'2'}",
				"one U {'f:data':{'.':{},'f:a':{}}}\ntwo U {'f:data':{'f:b':{}}}" },
			{ UPDATE, "two", "{'data':{'a':'9','b':'2'}}", "data", "{'a':'9','b':'2'}",
				"one U {'f:data':{}}\ntwo U {'f:data':{'f:a':{},'f:b':{}}}" },
			{ UPDATE, "one", "{'data':{'a':'9'}}", "data", "{'a':'9'}",
				"one U {'f:data':{}}\ntwo U {'f:data':{'f:a':{}}}" },
			{ UPDATE, "one", "{'metadata':{'managedFields':[{}]},'data':{'a':'9'}}", "data", "{'a':'9'}",
				"" },
			{ UPDATE, "one", "{'data':{'a':'10'}}", "data", "{'a':'10'}", "" },
			{ APPLY, "two", "{'data':{'a':'11'}}", "", "",
				"409 Conflict Apply failed with 1 conflict: conflict with \"before-first-apply\" "
				"using v1: .data.a" } } },
	{ "apply: shared, then left to the other, then gone", "v1/ConfigMap",
		{ { APPLY, "one", "{'data':{'s':'1'}}", "data", "{'s':'1'}", "one A {'f:data':{'f:s':{}}}" },
			{ APPLY, "two", "{'data':{'s':'1'}}", "data", "{'s':'1'}",
				"two A {'f:data':{'f:s':{}}}\none A {'f:data':{'f:s':{}}}" }, /* it changed nothing: no
												 time */
			{ APPLY, "one", "{'data':{'t':'1'}}", "data", "{'s':'1','t':'1'}",
				"two A {'f:data':{'f:s':{}}}\none A {'f:data':{'f:t':{}}}" },
			{ APPLY, "two", "{'data':{'u':'1'}}", "data", "{'t':'1','u':'1'}",
				"one A {'f:data':{'f:t':{}}}\ntwo A {'f:data':{'f:u':{}}}" } } },
	{ "apply: conflict and force", "v1/ConfigMap",
		{ { UPDATE, "post", "{'data':{'a':'1','b':'1'}}", "data", "{'a':'1','b':'1'}",
			  "post U {'f:data':{'.':{},'f:a':{},'f:b':{}}}" },
			{ APPLY, "one", "{'data':{'a':'2'}}", "", "",
				"409 Conflict Apply failed with 1 conflict: conflict with \"post\" using v1: .data.a" },
			{ APPLY, "one", "{'data':{'a':'2','b':'2'}}", "", "",
				"409 Conflict Apply failed with 2 conflicts: conflicts with \"post\" using v1:\n- "
				".data.a\n- .data.b" },
			{ FORCE, "one", "{'data':{'a':'2'}}", "data", "{'a':'2','b':'1'}",
				"one A {'f:data':{'f:a':{}}}\npost U {'f:data':{'.':{},'f:b':{}}}" } } },
	{ "apply: lists by key", "apps/v1/Deployment",
		{ { APPLY, "one", "{" TEMPLATE("{'name':'a','image':'1','ports':[{'containerPort':80}]}") "}",
			  "spec.template.spec.containers",
			  "[{'image':'1','name':'a','ports':[{'containerPort':80}],'resources':{}}]", ONE_HAS(PORT) },
			{ APPLY, "two", "{'spec':{'template':{'spec':{'containers':[{'name':'b','image':'1'}]}}}}",
				"spec.template.spec.containers",
				"[{'image':'1','name':'a','ports':[{'containerPort':80}],'resources':{}},"
				"{'image':'1','name':'b','resources':{}}]",
				ONE_HAS(PORT) TWO_HAS_B },
			{ APPLY, "two", "{'spec':{'template':{'spec':{'containers':[{'name':'a','image':'2'}]}}}}", "",
				"",
				"409 Conflict Apply failed with 1 conflict: conflict with \"one\": "
				".spec.template.spec.containers[name=\"a\"].image" },
			{ APPLY, "one", "{" TEMPLATE("{'name':'a','image':'1'}") "}", "spec.template.spec.containers",
				"[{'image':'1','name':'a','resources':{}},{'image':'1','name':'b','resources':{}}]",
				ONE_HAS("") TWO_HAS_B },
			{ APPLY, "one", "{" TEMPLATE("{'name':'a'},{'name':'a'}") "}", "", "",
				"500 - failed to create typed patch object (/x; apps/v1, Kind=Deployment): "
				".spec.template.spec.containers: duplicate entries for key [name=\"a\"]" },
			{ APPLY, "one", "{'spec':{'foo':1,'replicas':'x'}}", "", "",
				"500 - failed to create typed patch object (/x; apps/v1, Kind=Deployment): errors:\n "
				" .spec.foo: field not declared in schema\n  .spec.replicas: expected numeric (int "
				"or float), got \"x\"" } } },
	{ "apply: order of a list follows what is applied", "v1/Pod",
		{ { APPLY, "one", "{'spec':{'containers':[{'name':'a'},{'name':'b'}]}}", "", "",
			  "one A "
			  "{'f:spec':{'f:containers':{'k:{\\'name\\':\\'a\\'}':{'.':{},'f:name':{}},"
			  "'k:{\\'name\\':\\'b\\'}':{'.':{},'f:name':{}}}}}" },
			{ APPLY, "two", "{'spec':{'containers':[{'name':'n'},{'name':'b'},{'name':'m'},{'name':'a'}]}}",
				"spec.containers",
				"[{'name':'n','resources':{}},{'name':'b','resources':{}},{'name':'m',"
				"'resources':{}},{'name':'a','resources':{}}]",
				NULL } } },
	{ "apply: sets", "v1/ConfigMap",
		{ { APPLY, "one", "{'metadata':{'name':'x','finalizers':['a/a','a/b']}}", "metadata.finalizers",
			  "['a/a','a/b']",
			  "one A {'f:metadata':{'f:finalizers':{'v:\\'a/a\\'':{},'v:\\'a/b\\'':{}}}}" },
			{ APPLY, "two", "{'metadata':{'name':'x','finalizers':['a/b','a/c']}}", "metadata.finalizers",
				"['a/a','a/b','a/c']", NULL },
			{ APPLY, "one", "{'metadata':{'name':'x','finalizers':[]}}", "metadata.finalizers",
				"['a/b','a/c']",
				"two A {'f:metadata':{'f:finalizers':{'v:\\'a/b\\'':{},'v:\\'a/c\\'':{}}}}" } } },
	{ "status is another's", "apps/v1/Deployment",
		{ { UPDATE, "one", "{'spec':{'replicas':1,'selector':null,'template':{}},'status':{'replicas':5}}",
			  "status.replicas", "5", "one U {'f:spec':{'f:replicas':{}}}" },
			{ STATUS, "con",
				"{'spec':{'replicas':9,'selector':null,'template':{}},'status':{'replicas':6}}",
				"status.replicas", "6",
				"con U status {'f:status':{'f:replicas':{}}}\none U {'f:spec':{'f:replicas':{}}}" },
			{ UPDATE, "one",
				"{'spec':{'replicas':9,'selector':null,'template':{}},'status':{'replicas':7}}",
				"status.replicas", "7",
				"con U status {'f:status':{'f:replicas':{}}}\none U {'f:spec':{'f:replicas':{}}}" } } },
	{ "apply: what is no applied configuration", "v1/ConfigMap",
		{ { APPLY, "one", "{'kind':'Secret'}", "", "", "400 BadRequest invalid object type: /v1, Kind=Secret" },
			{ APPLY, "one", "{'metadata':{'name':'x','managedFields':[{'manager':'x'}]}}", "", "",
				"400 BadRequest metadata.managedFields must be nil" } } },
};

static char *owners_of(jv object)
{
	scoped(jv) jv list = jvs_get(object, "metadata.managedFields");
	scoped(strs) struct strs lines = { 0 };

	for (int i = 0; i < jvs_len(list); i++) {
		scoped(jv) jv entry = jvs_item(list, i), name = jvs_at(entry, "manager"),
			      fields = jvs_at(entry, "fieldsV1"), sub = jvs_at(entry, "subresource");
		scoped_free char *text = sorted(fields);

		strs_printf(&lines, "%s %s %s%s%s", jvs_text(name), jvs_get_is(entry, "operation", "Apply") ? "A" : "U",
			jvs_text(sub), *jvs_text(sub) ? " " : "", text);
	}
	return strs_join(&lines, "\n");
}

/* The body with what each has: apiVersion, kind and a name. */
static char *whole_body(const struct kind *kind, const char *text)
{
	scoped_free char *version = kind_api_version(kind), *plain = NULL;
	scoped(jv) jv object = parse(text), meta = jvs_at(object, "metadata");
	scoped(buf) struct buf body = { 0 };
	jv whole = jvs_object("apiVersion", jv_string(version), "kind", jv_string(kind->kind), NULL);

	if (jvs_is(meta, JV_KIND_NULL))
		jvs_set_text(&whole, "metadata.name", "x");
	whole = jv_object_merge(whole, jv_copy(object));
	if (!jvs_get_is(whole, "metadata.name", "x"))
		jvs_set_text(&whole, "metadata.name", "x");
	jvs_print(whole, &body);
	jv_free(whole);
	plain = buf_steal(&body);
	return steal(plain);
}

static int do_step(const struct kind *kind, const struct step *step, const char *time, jv *object, struct err *err)
{
	struct manager manager = { step->manager, step->what == STATUS ? "status" : "", time };
	scoped_free char *body = whole_body(kind, step->body);
	scoped(jv) jv details = jv_null();
	jv result = jv_null();
	int status;

	if (step->what == APPLY || step->what == FORCE) {
		scoped(jv) jv fresh = parse("{'metadata':{'name':'x'}}");

		status = managed_apply(kind, jvs_is(*object, JV_KIND_NULL) ? fresh : *object, slice_of(body), &manager,
			step->what == FORCE, STRICT_WARN, &result, NULL, &details, err);
	} else {
		status = decode(kind, slice_of(body), false, STRICT_REFUSE, &result, NULL, err);
		if (status == 0)
			managed_update(kind, *object, &result, &manager);
	}
	if (status < 0)
		return -1;
	if (jvs_is(*object, JV_KIND_NULL))
		jvs_set_text(&result, "metadata.uid", "u");
	jv_free(*object);
	*object = result;
	return 0;
}

static void test_scenario(size_t i)
{
	const struct kind *kind = kind_named(scenarios[i].kind);
	scoped(jv) jv object = jv_null();

	for (size_t k = 0; scenarios[i].steps[k].what; k++) {
		const struct step *step = &scenarios[i].steps[k];
		/* One time for all: owners are told in the order of their names then. */
		scoped(err) struct err err = { 0 };
		scoped_free char *words = mem_printf("%s: step %zu", scenarios[i].words, k + 1), *got = NULL,
				 *owners = NULL;
		scoped(jv) jv value = jv_null();

		if (do_step(kind, step, "2026-01-01T00:00:00Z", &object, &err) < 0) {
			got = mem_printf("%d %s %s", err.code, err.reason ? err.reason : "-", err_text(&err));
			same(got, step->owners, words);
			continue;
		}
		value = jvs_get(object, step->path);
		got = sorted(value);
		owners = owners_of(object);
		if (*step->path)
			same(got, step->value, words);
		if (step->owners)
			same(owners, step->owners, "and who owns what");
	}
}

/* Times: kept where nothing of one's own changed; no difference to whoever asks whether to write. */
static void test_times(void)
{
	const struct kind *kind = kind_of("v1", "ConfigMap");
	const struct step first = { APPLY, "one", "{'data':{'a':'1'}}", "", "", NULL };
	const struct step other = { APPLY, "one", "{'data':{'a':'2'}}", "", "", NULL };
	scoped(jv) jv object = jv_null(), before = jv_null(), entry = jv_null();
	scoped(err) struct err err = { 0 };

	do_step(kind, &first, "2026-01-01T00:00:00Z", &object, &err);
	before = jv_copy(object);
	do_step(kind, &first, "2026-01-02T00:00:00Z", &object, &err);
	ok(jvs_equal(object, before), "applying the same again changes nothing, no time either");
	do_step(kind, &other, "2026-01-03T00:00:00Z", &object, &err);
	entry = jvs_get(object, "metadata.managedFields");
	entry = jv_array_get(entry, 0);
	ok(jvs_get_is(entry, "time", "2026-01-03T00:00:00Z") && !managed_same(before, object), "a change has its time");
	jvs_set_text(&entry, "time", "2027-01-01T00:00:00Z");
	jv_free(before);
	before = jv_copy(object);
	jvs_set(&object, "metadata.managedFields", JV_ARRAY(jv_copy(entry)));
	ok(!jvs_equal(object, before) && managed_same(before, object), "another time alone is no change");
}

int main(void)
{
	for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++)
		test_scenario(i);
	test_times();
	return tap_end();
}
