/* The three patches: patch.h. */
#include "api/patch.h"

#include "base/err.h"
#include "base/strs.h"
#include "objects.h"
#include "tap.h"

#define REFUSED "422 Invalid the server rejected our request due to an error in our request"

static const struct {
	const char *words, *object, *patch, *wanted;
} json_patches[] = {
	{ "add a member", "{'a':1}", "[{'op':'add','path':'/b','value':2}]", "{'a':1,'b':2}" },
	{ "add over a member", "{'a':1}", "[{'op':'add','path':'/a','value':[]}]", "{'a':[]}" },
	{ "add into a list", "{'a':[1,2]}", "[{'op':'add','path':'/a/1','value':9}]", "{'a':[1,9,2]}" },
	{ "add to its end", "{'a':[1]}", "[{'op':'add','path':'/a/-','value':2},{'op':'add','path':'/a/2','value':3}]",
		"{'a':[1,2,3]}" },
	{ "add beyond its end", "{'a':[1]}", "[{'op':'add','path':'/a/2','value':9}]", REFUSED },
	{ "add below what is not there", "{}", "[{'op':'add','path':'/a/b','value':1}]", REFUSED },
	{ "escapes", "{'a/b':{'c~d':1}}", "[{'op':'replace','path':'/a~1b/c~0d','value':2}]", "{'a/b':{'c~d':2}}" },
	{ "remove", "{'a':[1,2],'b':1}", "[{'op':'remove','path':'/a/0'},{'op':'remove','path':'/b'}]", "{'a':[2]}" },
	{ "remove what is not there", "{}", "[{'op':'remove','path':'/a'}]", REFUSED },
	{ "replace what is not there", "{}", "[{'op':'replace','path':'/a','value':1}]", "{'a':1}" },
	{ "move", "{'a':{'b':1},'c':[]}", "[{'op':'move','from':'/a/b','path':'/c/0'}]", "{'a':{},'c':[1]}" },
	{ "copy", "{'a':1}", "[{'op':'copy','from':'/a','path':'/b'}]", "{'a':1,'b':1}" },
	{ "copy from nowhere", "{'a':1}", "[{'op':'copy','from':'/x','path':'/b'}]", REFUSED },
	{ "a test that holds", "{'a':[1]}", "[{'op':'test','path':'/a','value':[1]},{'op':'remove','path':'/a'}]",
		"{}" },
	{ "a test that fails", "{'a':1}", "[{'op':'test','path':'/a','value':2}]", REFUSED },
	{ "an unknown operation", "{}", "[{'op':'frob','path':'/a'}]", REFUSED },
	{ "no operations", "{'a':1}", "[]", "{'a':1}" },
};

#define SPEC(text) "{'spec':{'template':{'spec':{" text "}}}}"

static const struct {
	const char *words, *kind, *object, *patch, *wanted;
} strategic_patches[] = {
	{ "maps are merged, null removes", "v1/ConfigMap", "{'data':{'a':'1','b':'2'}}", "{'data':{'a':null,'c':'3'}}",
		"{'data':{'b':'2','c':'3'}}" },
	{ "a list by its key: changed and added in front", "apps/v1/Deployment",
		SPEC("'containers':[{'name':'a','image':'1'},{'name':'b','image':'1'}]"),
		SPEC("'containers':[{'name':'b','image':'2'},{'name':'c','image':'3'}]"),
		SPEC("'containers':[{'image':'1','name':'a'},{'image':'2','name':'b'},{'image':'3','name':'c'}]") },
	{ "an item deleted", "apps/v1/Deployment", SPEC("'containers':[{'name':'a'},{'name':'b'}]"),
		SPEC("'containers':[{'name':'a','$patch':'delete'}]"), SPEC("'containers':[{'name':'b'}]") },
	{ "a list replaced", "apps/v1/Deployment", SPEC("'containers':[{'name':'a'},{'name':'b'}]"),
		SPEC("'containers':[{'name':'z'},{'$patch':'replace'}]"), SPEC("'containers':[{'name':'z'}]") },
	{ "a list without strategy is replaced", "v1/Pod", "{'spec':{'tolerations':[{'key':'a'}]}}",
		"{'spec':{'tolerations':[{'key':'b'}]}}", "{'spec':{'tolerations':[{'key':'b'}]}}" },
	{ "a map replaced", "apps/v1/Deployment", SPEC("'securityContext':{'runAsUser':1,'runAsGroup':2}"),
		SPEC("'securityContext':{'$patch':'replace','runAsUser':7}"),
		SPEC("'securityContext':{'runAsUser':7}") },
	{ "a map deleted", "apps/v1/Deployment", SPEC("'securityContext':{'runAsUser':1}"),
		SPEC("'securityContext':{'$patch':'delete'}"), SPEC("'securityContext':{}") },
	{ "only keys that are retained stay", "apps/v1/Deployment",
		"{'spec':{'strategy':{'type':'RollingUpdate','rollingUpdate':{}}}}",
		"{'spec':{'strategy':{'$retainKeys':['type'],'type':'Recreate'}}}",
		"{'spec':{'strategy':{'type':'Recreate'}}}" },
	{ "a key that is set but not retained", "apps/v1/Deployment", "{'spec':{'strategy':{}}}",
		"{'spec':{'strategy':{'$retainKeys':['type'],'rollingUpdate':{}}}}",
		"400 BadRequest invalid patch format of retainKeys" },
	{ "order of a list by key", "apps/v1/Deployment",
		SPEC("'containers':[{'name':'a'},{'name':'b'},{'name':'own'}]"),
		SPEC("'$setElementOrder/"
		     "containers':[{'name':'b'},{'name':'a'}],'containers':[{'name':'a','image':'2'}]"),
		SPEC("'containers':[{'name':'b'},{'image':'2','name':'a'},{'name':'own'}]") },
	{ "an order that lacks an item", "apps/v1/Deployment", SPEC("'containers':[{'name':'a'}]"),
		SPEC("'$setElementOrder/containers':[{'name':'b'}],'containers':[{'name':'a','image':'x'}]"),
		"500 - The order in patch list:\n[map[image:x name:a]]\n doesn't match $setElementOrder "
		"list:\n[map[name:b]]\n" },
	{ "scalars are merged as a set", "v1/ConfigMap", "{'metadata':{'finalizers':['a/a','a/b']}}",
		"{'metadata':{'finalizers':['a/b','a/c']}}", "{'metadata':{'finalizers':['a/a','a/b','a/c']}}" },
	{ "and taken out of it", "v1/ConfigMap", "{'metadata':{'finalizers':['a/a','a/b']}}",
		"{'metadata':{'$deleteFromPrimitiveList/finalizers':['a/a']}}", "{'metadata':{'finalizers':['a/b']}}" },
	{ "order of scalars", "v1/ConfigMap", "{'metadata':{'finalizers':['a/a','a/b']}}",
		"{'metadata':{'$setElementOrder/finalizers':['a/c','a/b','a/a'],'finalizers':['a/c']}}",
		"{'metadata':{'finalizers':['a/c','a/b','a/a']}}" },
	{ "an item without its key", "apps/v1/Deployment", SPEC("'containers':[{'name':'a'}]"),
		SPEC("'containers':[{'image':'x'}]"),
		"500 - map: map[image:x] does not contain declared merge key: name" },
	{ "an unknown directive", "apps/v1/Deployment", SPEC("'containers':[{'name':'a'}]"),
		SPEC("'containers':[{'name':'a','$patch':'frob'}]"),
		"500 - unknown patch type: frob in map: map[$patch:frob name:a]" },
	{ "directives in what is new mean nothing", "apps/v1/Deployment", "{'spec':{}}",
		SPEC("'containers':[{'name':'a','env':null},{'name':'b','$patch':'delete'}]"),
		SPEC("'containers':[{'name':'a'}]") },
	{ "another type than before", "v1/ConfigMap", "{'data':[1]}", "{'data':{'a':'b'}}", "{'data':{'a':'b'}}" },
};

static char *failure(const struct err *err)
{
	return mem_printf("%d %s %s", err->code, err->reason ? err->reason : "-", err_text(err));
}

static void test_json(size_t i)
{
	scoped(jv) jv object = parse(json_patches[i].object), patch = parse(json_patches[i].patch), result = jv_null();
	scoped(err) struct err err = { 0 };
	scoped_free char *got = NULL;

	got = patch_json(object, patch, &result, &err) < 0 ? failure(&err) : sorted(result);
	same(got, json_patches[i].wanted, json_patches[i].words);
}

static void test_strategic(size_t i)
{
	scoped(jv) jv object = parse(strategic_patches[i].object), patch = parse(strategic_patches[i].patch),
		      result = jv_null();
	scoped(jv) jv untouched = jv_copy(object);
	scoped(err) struct err err = { 0 };
	scoped_free char *got = NULL;

	if (patch_strategic(kind_named(strategic_patches[i].kind), object, patch, &result, &err) < 0)
		got = failure(&err);
	else
		got = sorted(result);
	same(got, strategic_patches[i].wanted, strategic_patches[i].words);
	ok(jvs_equal(object, untouched), "and the object is as it was");
}

static const struct {
	const char *words, *body;
	enum patch_type type;
	enum strictness strictness;
	const char *wanted; /* the object, or the failure up to a "…" */
} bodies[] = {
	{ "merged", "{'data':{'a':null,'b':'2'}}", PATCH_MERGING, STRICT_REFUSE,
		"{'apiVersion':'v1','data':{'b':'2'},'kind':'ConfigMap','metadata':{'name':'c'}}" },
	{ "malformed", "{'data':", PATCH_MERGING, STRICT_WARN,
		"400 BadRequest error decoding patch: unexpected end of JSON input" },
	{ "no object", "[]", PATCH_MERGING, STRICT_WARN,
		"400 BadRequest error decoding patch: json: cannot unmarshal array into Go value of type "
		"map[string]interface {}" },
	{ "no list", "{'op':'add'}", PATCH_JSON, STRICT_WARN,
		"400 BadRequest error decoding patch: json: cannot unmarshal object into Go value of type "
		"[]handlers.jsonPatchOp" },
	{ "YAML is none", "data:\n", PATCH_STRATEGIC, STRICT_WARN,
		"400 BadRequest invalid character 'd' looking for beginning of value" },
	{ "a result of another type", "{'data':{'a':5}}", PATCH_MERGING, STRICT_WARN,
		"422 Invalid  \"\" is invalid: patch: Invalid value: …" },
	{ "an unknown field, strictly", "{'foo':1}", PATCH_MERGING, STRICT_REFUSE,
		"422 Invalid  \"\" is invalid: patch: Invalid value: …" },
	{ "an unknown field, leniently", "{'foo':1}", PATCH_MERGING, STRICT_IGNORE,
		"{'apiVersion':'v1','data':{'a':'1'},'kind':'ConfigMap','metadata':{'name':'c'}}" },
};

static void test_body(size_t i)
{
	scoped(jv) jv object = parse("{'apiVersion':'v1','kind':'ConfigMap','metadata':{'name':'c'},'data':{'a':'1'}}");
	scoped(jv) jv result = jv_null(), details = jv_null();
	scoped_free char *body = unquote(bodies[i].body), *got = NULL;
	const char *more = strstr(bodies[i].wanted, "…");
	scoped(strs) struct strs warnings = { 0 };
	scoped(err) struct err err = { 0 };

	if (patch_object(kind_of("v1", "ConfigMap"), bodies[i].type, object, slice_of(body), bodies[i].strictness,
		    &result, &warnings, &details, &err) < 0)
		got = failure(&err);
	else
		got = sorted(result);
	if (more)
		ok(!strncmp(got, bodies[i].wanted, (size_t)(more - bodies[i].wanted)) &&
				jvs_is(details, JV_KIND_OBJECT),
			"%s: %s", bodies[i].words, got);
	else
		same(got, bodies[i].wanted, bodies[i].words);
}

int main(void)
{
	for (size_t i = 0; i < sizeof json_patches / sizeof *json_patches; i++)
		test_json(i);
	for (size_t i = 0; i < sizeof strategic_patches / sizeof *strategic_patches; i++)
		test_strategic(i);
	for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++)
		test_body(i);
	return tap_end();
}
