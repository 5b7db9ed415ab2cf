/* The table of types, decoding and defaults: schema.h, decode.h, quantity.h. */
#include "api/schema.h"

#include "api/decode.h"
#include "api/openapi.h"
#include "base/err.h"
#include "formats/quantity.h"
#include "objects.h"
#include "tap.h"

static void test_table(void)
{
	const struct schema *pod = schema_find("io.k8s.api.core.v1.Pod");
	const struct schema_field *spec = schema_field(pod, "spec", 4), *list, *port;

	ok(pod && spec && !strcmp(spec->schema->name, "io.k8s.api.core.v1.PodSpec"),
		"a type is found, and its field's type");
	ok(!schema_find("io.k8s.api.core.v1.Nosuch") && !schema_field(pod, "spe", 3) && !schema_field(pod, "specs", 5),
		"what is not there is not found");
	list = schema_field(spec->schema, "containers", strlen("containers"));
	ok(list->schema->form == SCHEMA_LIST && list->schema->merge == MERGE_KEYED &&
			!strcmp(list->merge_key, "name") && !strcmp(list->schema->keys[0], "name") &&
			!list->schema->keys[1] && list->strategy == PATCH_MERGE,
		"containers are a list by name");
	list = schema_field(list->schema->item, "ports", strlen("ports"));
	port = schema_field(list->schema->item, "protocol", strlen("protocol"));
	ok(!strcmp(list->schema->keys[0], "containerPort") && !strcmp(list->schema->keys[1], "protocol") &&
			!strcmp(port->fallback, "\"TCP\""),
		"ports are a list by two keys, one with a default");
	for (size_t i = 1; i < schema_struct_count; i++)
		if (strcmp(schema_types[i - 1].name, schema_types[i].name) >= 0)
			ok(false, "types are sorted: %s", schema_types[i].name);
	for (const struct openapi *document = openapi_documents; document->path; document++)
		ok(strlen(document->at) == document->len && strlen(document->hash) == 64, "a document of %s",
			document->path);
}

static const struct {
	const char *words, *kind, *body, *object; /* object: what is in it beside apiVersion and kind; or the error */
	const char *told;			  /* warnings, joined by "|" */
} decodings[] = {
	{ "an empty object has what Go writes anyway", "v1/ConfigMap", "{}", "'metadata':{}", "" },
	{ "nulls, empty maps and zero values go", "v1/ConfigMap",
		"{'metadata':{'name':'a','labels':{}},'data':null,'immutable':false}",
		"'immutable':false,'metadata':{'name':'a'}", "" },
	{ "a null in a map is a zero value", "v1/ConfigMap", "{'metadata':{},'data':{'a':null}}",
		"'data':{'a':''},'metadata':{}", "" },
	{ "unknown fields go and are told", "v1/Pod",
		"{'metadata':{'name':'a','foo':1},'spec':{'containers':[{'name':'a','imagee':{'x':[]}}]}}",
		"'metadata':{'name':'a'},'spec':{'containers':[{'name':'a','resources':{}}]},'status':{}",
		"unknown field \"metadata.foo\"|unknown field \"spec.containers[0].imagee\"" },
	{ "of duplicates the last counts", "v1/ConfigMap",
		"{'metadata':{'name':'a','name':'b','labels':{'x':'1','x':'2'}}}",
		"'metadata':{'labels':{'x':'2'},'name':'b'}",
		"duplicate field \"metadata.name\"|duplicate field \"metadata.labels.x\"" },
	{ "names are case sensitive", "v1/ConfigMap", "{'Data':{}}", "'metadata':{}", "unknown field \"Data\"" },
	{ "quantities are spelled anew, numbers too", "v1/Pod",
		"{'spec':{'containers':[{'name':'a','resources':{'limits':{'cpu':0.5,'memory':'1024Mi'}}}]}}",
		"'metadata':{},'spec':{'containers':[{'name':'a','resources':{'limits':{'cpu':'500m',"
		"'memory':'1Gi'}}}]},'status':{}",
		"" },
	{ "times are UTC and whole seconds", "v1/Pod",
		"{'metadata':{'deletionTimestamp':'2026-01-02T04:04:05.7+01:00'}}",
		"'metadata':{'deletionTimestamp':'2026-01-02T03:04:05Z'},'spec':{'containers':null},'status':{}", "" },
	{ "Go's zero time is none", "v1/Pod", "{'metadata':{'creationTimestamp':'0001-01-01T00:00:00Z'}}",
		"'metadata':{},'spec':{'containers':null},'status':{}", "" },
	{ "of a list nulls are zero values", "v1/Pod", "{'spec':{'containers':[null]}}",
		"'metadata':{},'spec':{'containers':[{'name':'','resources':{}}]},'status':{}", "" },
	{ "int or string", "v1/Service", "{'spec':{'ports':[{'port':1,'targetPort':'x'},{'port':2,'targetPort':3}]}}",
		"'metadata':{},'spec':{'ports':[{'port':1,'targetPort':'x'},{'port':2,'targetPort':3}]},"
		"'status':{'loadBalancer':{}}",
		"" },
	{ "pointers keep their zero", "apps/v1/Deployment",
		"{'spec':{'replicas':0,'paused':false,'selector':null,'template':{}}}",
		"'metadata':{},'spec':{'replicas':0,'selector':null,'strategy':{},'template':{'metadata':{},"
		"'spec':{'containers':null}}},'status':{}",
		"" },
	{ "another type", "v1/Pod", "{'spec':{'containers':{}}}",
		"Pod in version \"v1\" cannot be handled as a Pod: json: cannot unmarshal object into Go struct "
		"field PodSpec.spec.containers of type []v1.Container",
		"" },
	{ "another type of a named string", "v1/Pod", "{'spec':{'restartPolicy':5}}",
		"Pod in version \"v1\" cannot be handled as a Pod: json: cannot unmarshal number into Go struct "
		"field PodSpec.spec.restartPolicy of type v1.RestartPolicy",
		"" },
	{ "another type inside a list", "v1/Pod", "{'spec':{'containers':[{'ports':[{'containerPort':'80'}]}]}}",
		"Pod in version \"v1\" cannot be handled as a Pod: json: cannot unmarshal string into Go struct "
		"field ContainerPort.spec.containers.ports.containerPort of type int32",
		"" },
	{ "a number too large", "apps/v1/Deployment", "{'spec':{'replicas':5000000000}}",
		"Deployment in version \"v1\" cannot be handled as a Deployment: json: cannot unmarshal number "
		"5000000000 into Go struct field DeploymentSpec.spec.replicas of type int32",
		"" },
	{ "a fraction", "apps/v1/Deployment", "{'spec':{'replicas':1.5}}",
		"Deployment in version \"v1\" cannot be handled as a Deployment: json: cannot unmarshal number 1.5 "
		"into Go struct field DeploymentSpec.spec.replicas of type int32",
		"" },
	{ "what a type's own reader says comes first", "v1/Pod",
		"{'spec':{'restartPolicy':5,'containers':[{'resources':{'limits':{'cpu':'x'}}}]}}",
		"Pod in version \"v1\" cannot be handled as a Pod: quantities must match the regular expression "
		"'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
		"" },
	{ "no time", "v1/Pod", "{'metadata':{'creationTimestamp':'yesterday'}}",
		"Pod in version \"v1\" cannot be handled as a Pod: parsing time \"yesterday\" as "
		"\"2006-01-02T15:04:05Z07:00\": cannot parse \"yesterday\" as \"2006\"",
		"" },
	{ "a day that is none", "v1/Pod", "{'metadata':{'creationTimestamp':'2026-02-30T00:00:00Z'}}",
		"Pod in version \"v1\" cannot be handled as a Pod: parsing time \"2026-02-30T00:00:00Z\": day out of "
		"range",
		"" },
	{ "no base64", "v1/Secret", "{'data':{'a':'YQ='}}",
		"Secret in version \"v1\" cannot be handled as a Secret: illegal base64 data at input byte 3", "" },
	{ "another kind", "v1/Pod", "{'apiVersion':'v1','kind':'Secret'}",
		"Secret in version \"v1\" cannot be handled as a Pod: converting (v1.Secret) to (core.Pod): unknown "
		"conversion",
		"" },
	{ "a kind that is none", "v1/Pod", "{'apiVersion':'v9','kind':'Pod'}",
		"Pod in version \"v9\" cannot be handled as a Pod: no kind \"Pod\" is registered for version \"v9\" "
		"in scheme \"pkg/api/legacyscheme/scheme.go:30\"",
		"" },
	{ "malformed", "v1/Pod", "{'a'}",
		"the object provided is unrecognized (must be of type Pod): couldn't get version/kind; json parse "
		"error: invalid character '}' after object key ({\"a\"})",
		"" },
	{ "two values", "v1/Pod", "{} {}",
		"the object provided is unrecognized (must be of type Pod): couldn't get version/kind; json parse "
		"error: invalid character '{' after top-level value ({} {})",
		"" },
};

static void test_decoding(size_t i)
{
	const struct kind *kind = kind_named(decodings[i].kind);
	scoped_free char *body = unquote(decodings[i].body), *wanted = NULL, *got = NULL, *told = NULL;
	scoped(strs) struct strs warnings = { 0 };
	scoped(err) struct err err = { 0 };
	scoped(jv) jv object = jv_null();

	if (decode(kind, slice_of(body), false, STRICT_WARN, &object, &warnings, &err) < 0) {
		same(err_text(&err), decodings[i].object, decodings[i].words);
		return;
	}
	jvs_remove(&object, "apiVersion");
	jvs_remove(&object, "kind");
	got = sorted(object);
	wanted = mem_printf("{%s}", decodings[i].object);
	told = strs_join(&warnings, "|");
	same(got, wanted, decodings[i].words);
	same(told, decodings[i].told, "and what is told");
}

static void test_strictness(void)
{
	const char body[] = "{\"data\":{},\"foo\":1,\"bar\":2}";
	scoped(err) struct err err = { 0 };
	scoped(jv) jv object = jv_null(), other = jv_null(), list = jv_null();

	ok(decode(kind_of("v1", "ConfigMap"), slice_of(body), false, STRICT_REFUSE, &object, NULL, &err) < 0 &&
			err.code == 400,
		"unknown fields are refused where that is asked for");
	same(err_text(&err),
		"ConfigMap in version \"v1\" cannot be handled as a ConfigMap: strict decoding error: unknown field "
		"\"foo\", unknown field \"bar\"",
		"and all of them are named");
	ok(decode(kind_of("v1", "ConfigMap"), slice_of(body), false, STRICT_IGNORE, &other, NULL, &err) == 0,
		"nobody is told where nobody asks");
	ok(decode(kind_of("v1", "ConfigMap"), slice_of("data:\n  a: \"1\"\n"), true, STRICT_REFUSE, &list, NULL,
		   &err) == 0 &&
			jvs_get_is(list, "data.a", "1"),
		"YAML is read too");
}

static const struct {
	const char *text, *canonical;
} quantities[] = {
	{ "0", "0" },
	{ "1", "1" },
	{ "1000", "1k" },
	{ "1500", "1500" },
	{ "0.5", "500m" },
	{ "1.5", "1500m" },
	{ "100m", "100m" },
	{ "1000m", "1" },
	{ "1e3", "1e3" },
	{ "1E3", "1e3" },
	{ "12e-1", "1200e-3" },
	{ "1Ki", "1Ki" },
	{ "1024", "1024" },
	{ "1024Ki", "1Mi" },
	{ "1.5Gi", "1536Mi" },
	{ "0.1Ki", "102400m" },
	{ "100Ki", "100Ki" },
	{ "-1", "-1" },
	{ "+5", "5" },
	{ ".5", "500m" },
	{ "5.", "5" },
	{ "1n", "1n" },
	{ "0.1n", "1n" },
	{ "10Ei", "9223372036854775807" },
	{ "99999999999999999999", "9223372036854775807" },
	{ "0.000000001", "1n" },
	{ "1u", "1u" },
	{ "007", "7" },
	{ "", "quantities must match" },
	{ "abc", "quantities must match" },
	{ "1x", "quantities must match" },
	{ "1mm", "unable to parse quantity's suffix" },
	{ "1kk", "unable to parse quantity's suffix" },
	{ "-", "unable to parse numeric" },
};

static void test_quantity(size_t i)
{
	struct quantity quantity;
	const char *fault = quantity_parse(slice_of(quantities[i].text), &quantity);
	scoped(buf) struct buf text = { 0 };
	scoped_free char *words = mem_printf("quantity \"%s\"", quantities[i].text);

	if (fault)
		ok(!strncmp(fault, quantities[i].canonical, strlen(quantities[i].canonical)), "%s is none", words);
	else
		quantity_print(&quantity, &text), same(buf_text(&text), quantities[i].canonical, words);
}

static const struct {
	const char *words, *kind, *body, *path, *value;
} defaults[] = {
	{ "a pod's policies", "v1/Pod", "{'spec':{'containers':[]}}", "spec",
		"{'containers':[],'dnsPolicy':'ClusterFirst','enableServiceLinks':true,"
		"'restartPolicy':'Always','schedulerName':'default-scheduler','securityContext':{},"
		"'terminationGracePeriodSeconds':30}" },
	{ "pull policy by the tag", "v1/Pod",
		"{'spec':{'containers':[{'image':'a'},{'image':'a:latest'},{'image':'r:5000/a'},"
		"{'image':'a:1'},{'image':'a@sha256:x'}]}}",
		"spec.containers", "Always Always Always IfNotPresent IfNotPresent" },
	{ "the same label everywhere", "v1/Namespace", "{'metadata':{'name':'a'}}", "metadata.labels",
		"{'kubernetes.io/metadata.name':'a'}" },
	{ "a volume without a source", "v1/Pod",
		"{'spec':{'volumes':[{'name':'a'},{'name':'b','secret':{'secretName':'s'}}]}}", "spec.volumes",
		"[{'emptyDir':{},'name':'a'},{'name':'b','secret':{'defaultMode':420,'secretName':'s'}}]" },
	{ "strategy of a deployment", "apps/v1/Deployment", "{'spec':{}}", "spec.strategy",
		"{'rollingUpdate':{'maxSurge':'25%','maxUnavailable':'25%'},'type':'RollingUpdate'}" },
	{ "Recreate has no parameters", "apps/v1/Deployment", "{'spec':{'strategy':{'type':'Recreate'}}}",
		"spec.strategy", "{'type':'Recreate'}" },
	{ "stringData becomes data", "v1/Secret", "{'data':{'a':'eA=='},'stringData':{'b':'yy','a':'z'}}", "data",
		"{'a':'eg==','b':'eXk='}" },
	{ "ports of services", "v1/Service", "{'spec':{'ports':[{'port':80}]}}", "spec.ports",
		"[{'port':80,'protocol':'TCP','targetPort':80}]" },
	{ "requests are limits where none are given", "v1/Pod",
		"{'spec':{'containers':[{'resources':{'limits':{'cpu':'1','memory':'1Mi'},"
		"'requests':{'cpu':'0.0001'}}}]}}",
		"spec.containers.resources",
		"{'limits':{'cpu':'1','memory':'1Mi'},'requests':{'cpu':'1m','memory':'1Mi'}}" },
};

/* What the table shows: a path, or of containers one thing each. */
static char *shown(jv object, const char *path)
{
	scoped(jv) jv containers = jvs_get(object, "spec.containers"), value = jvs_get(object, path);
	scoped(buf) struct buf text = { 0 };

	if (!strcmp(path, "spec.containers.resources")) {
		scoped(jv) jv first = jvs_item(containers, 0), resources = jvs_at(first, "resources");

		return sorted(resources);
	}
	if (strcmp(path, "spec.containers") != 0)
		return sorted(value);
	for (int i = 0; i < jvs_len(containers); i++) {
		scoped(jv) jv container = jvs_item(containers, i), policy = jvs_at(container, "imagePullPolicy");

		buf_printf(&text, "%s%s", i ? " " : "", jvs_text(policy));
	}
	return buf_steal(&text);
}

static void test_default(size_t i)
{
	const struct kind *kind = kind_named(defaults[i].kind);
	scoped_free char *body = unquote(defaults[i].body), *got = NULL, *again = NULL;
	scoped(err) struct err err = { 0 };
	scoped(jv) jv object = jv_null();

	if (!ok(decode(kind, slice_of(body), false, STRICT_IGNORE, &object, NULL, &err) == 0, "%s", defaults[i].words))
		return;
	schema_default(kind, &object);
	got = shown(object, defaults[i].path);
	same(got, defaults[i].value, "and what it gets");
	schema_default(kind, &object);
	again = shown(object, defaults[i].path);
	same(again, got, "and nothing more the second time");
}

int main(void)
{
	test_table();
	for (size_t i = 0; i < sizeof decodings / sizeof *decodings; i++)
		test_decoding(i);
	test_strictness();
	for (size_t i = 0; i < sizeof quantities / sizeof *quantities; i++)
		test_quantity(i);
	for (size_t i = 0; i < sizeof defaults / sizeof *defaults; i++)
		test_default(i);
	return tap_end();
}
