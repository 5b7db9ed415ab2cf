/* What is said of objects that are not as they should be: validate.h, names.h, and the kinds' own rules. */
#include "api/validate.h"

#include "api/decode.h"
#include "api/invalid.h"
#include "api/names.h"
#include "api/schema.h"
#include "base/err.h"
#include "base/strs.h"
#include "objects.h"
#include "tap.h"

#define META "'metadata':{'name':'a','namespace':'n'}"
#define POD(spec) "{" META ",'spec':{'containers':[{'name':'c','image':'i'}]," spec "}}"
#define CONTAINER(fields) "{" META ",'spec':{'containers':[{'name':'c','image':'i'," fields "}]}}"
#define TEMPLATE "'template':{'metadata':{'labels':{'a':'b'}},'spec':{'containers':[{'name':'c','image':'i'}]}}"
#define DEPLOYMENT(spec) "{" META ",'spec':{'selector':{'matchLabels':{'a':'b'}}," TEMPLATE spec "}}"

static const struct {
	const char *kind, *object;
	const char *causes; /* "FIELD: MESSAGE", a line each */
} creates[] = {
	{ "v1/ConfigMap", "{" META "}", "" },
	{ "v1/ConfigMap", "{'metadata':{'namespace':'n'}}",
		"metadata.name: Required value: name or generateName is required" },
	{ "v1/ConfigMap",
		"{'metadata':{'name':'a','namespace':'n','finalizers':['x/y','nope/','orphan','foregroundDeletion']}}",
		"metadata.finalizers: Invalid value: \"nope/\": name part must be non-empty\n"
		"metadata.finalizers: Invalid value: \"nope/\": name part must consist of alphanumeric characters, "
		"'-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or "
		"'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')\n"
		"metadata.finalizers: Invalid value: [\"x/y\",\"nope/\",\"orphan\",\"foregroundDeletion\"]: "
		"finalizer orphan and foregroundDeletion cannot be both set" },
	{ "v1/ConfigMap",
		"{'metadata':{'name':'a','namespace':'n','ownerReferences':[{'apiVersion':'v1','kind':'X',"
		"'name':'','uid':'u'}]}}",
		"metadata.ownerReferences.name: Invalid value: \"\": must not be empty" },
	{ "v1/Namespace", "{'metadata':{'name':'a','namespace':'n'}}",
		"metadata.namespace: Forbidden: not allowed on this type" },
	{ "v1/Namespace", "{'metadata':{'name':'a.b'}}",
		"metadata.name: Invalid value: \"a.b\": must not contain dots" },
	{ "v1/ConfigMap", "{" META ",'data':{'..':'x'}}", "data[..]: Invalid value: \"..\": must not be '..'" },

	{ "v1/Pod", POD("'hostname':'h'"), "" },
	{ "v1/Pod", POD("'activeDeadlineSeconds':0"),
		"spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive" },
	{ "v1/Pod", POD("'nodeSelector':{'a b':'c'}"),
		"spec.nodeSelector: Invalid value: \"a b\": name part must consist of alphanumeric characters, '-', "
		"'_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  "
		"or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')" },
	{ "v1/Pod", POD("'tolerations':[{'operator':'Equal'},{'key':'k','operator':'Exists','value':'v'}]"),
		"spec.tolerations[0].operator: Invalid value: \"Equal\": operator must be Exists when `key` is "
		"empty, which means \"match all values and all keys\"\n"
		"spec.tolerations[1].operator: Invalid value: "
		"{\"key\":\"k\",\"operator\":\"Exists\",\"value\":\"v\"}: value must be empty when `operator` is "
		"'Exists'" },
	{ "v1/Pod", POD("'volumes':[{'name':'v'},{'name':'v'},{'name':'w','secret':{}}]"),
		"spec.volumes[1].name: Duplicate value: \"v\"\nspec.volumes[2].secret.secretName: Required value" },
	{ "v1/Pod", POD("'initContainers':[{'name':'c','image':'i'}]"),
		"spec.initContainers[0].name: Duplicate value: \"c\"" },
	{ "v1/Pod", CONTAINER("'volumeMounts':[{'name':'x','mountPath':'/a'}]"),
		"spec.containers[0].volumeMounts[0].name: Not found: \"x\"" },
	{ "v1/Pod", CONTAINER("'ports':[{'containerPort':1,'hostPort':2},{'containerPort':3,'hostPort':2}]"),
		"spec.containers[0].ports[1].hostPort: Duplicate value: \"TCP//2\"" },
	{ "v1/Pod", CONTAINER("'ports':[{'containerPort':1,'name':'a--b'}]"),
		"spec.containers[0].ports[0].name: Invalid value: \"a--b\": must not contain consecutive hyphens" },
	{ "v1/Pod", CONTAINER("'env':[{'name':'A=B'},{'name':'C','valueFrom':{}}]"),
		"spec.containers[0].env[0].name: Invalid value: \"A=B\": a valid environment variable name must "
		"consist only of printable ASCII characters other than '='\n"
		"spec.containers[0].env[1].valueFrom: Invalid value: \"\": must specify one of: `fieldRef`, "
		"`resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`" },
	{ "v1/Pod", CONTAINER("'resources':{'limits':{'cpu':'-1','foo':'1','x.io/gpu':'1.5'}}"),
		"spec.containers[0].resources.limits[cpu]: Invalid value: \"-1\": must be greater than or equal to 0\n"
		"spec.containers[0].resources.limits[foo]: Invalid value: \"foo\": must be a standard resource for "
		"containers\n"
		"spec.containers[0].resources.limits[x.io/gpu]: Invalid value: \"1500m\": must be an integer\n"
		/* what is asked for follows the limits where nothing is said */
		"spec.containers[0].resources.requests[cpu]: Invalid value: \"-1\": must be greater than or equal to "
		"0\n"
		"spec.containers[0].resources.requests[foo]: Invalid value: \"foo\": must be a standard resource for "
		"containers\n"
		"spec.containers[0].resources.requests[x.io/gpu]: Invalid value: \"1500m\": must be an integer" },
	{ "v1/Pod", CONTAINER("'readinessProbe':{'exec':{},'tcpSocket':{'port':1}}"),
		"spec.containers[0].readinessProbe.exec.command: Required value\n"
		"spec.containers[0].readinessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type" },
	{ "v1/Pod", CONTAINER("'livenessProbe':{'tcpSocket':{'port':0},'successThreshold':2}"),
		"spec.containers[0].livenessProbe.tcpSocket.port: Invalid value: 0: must be between 1 and 65535, "
		"inclusive\n"
		"spec.containers[0].livenessProbe.successThreshold: Invalid value: 2: must be 1" },

	{ "apps/v1/Deployment", DEPLOYMENT(""), "" },
	{ "apps/v1/Deployment", DEPLOYMENT(",'progressDeadlineSeconds':5,'minReadySeconds':5"),
		"spec.progressDeadlineSeconds: Invalid value: 5: must be greater than minReadySeconds" },
	{ "apps/v1/Deployment", DEPLOYMENT(",'strategy':{'rollingUpdate':{'maxUnavailable':'x'}}"),
		"spec.strategy.rollingUpdate.maxUnavailable: Invalid value: \"x\": a valid percent string must be a "
		"numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is "
		"'[0-9]+%')" },
	{ "apps/v1/ReplicaSet", "{" META ",'spec':{'selector':{}," TEMPLATE "}}",
		"spec.selector: Invalid value: {}: empty selector is invalid for deployment" },
	{ "v1/Service", "{" META ",'spec':{'ports':[]}}", "spec.ports: Required value" },
	{ "v1/Service", "{" META ",'spec':{'ports':[{'port':1},{'port':1,'name':'b'}]}}",
		"spec.ports[0].name: Required value\n"
		"spec.ports[1]: Duplicate value: {\"name\":\"b\",\"port\":1,\"protocol\":\"TCP\",\"targetPort\":1}" },
	{ "v1/Node",
		"{'metadata':{'name':'n'},'spec':{'taints':[{'key':'a','effect':'NoSchedule'},{'key':'a',"
		"'effect':'NoSchedule'}]}}",
		"spec.taints[1]: Duplicate value: {\"effect\":\"NoSchedule\",\"key\":\"a\"}" },
	{ "coordination.k8s.io/v1/Lease", "{" META ",'spec':{'leaseDurationSeconds':0,'holderIdentity':''}}",
		"spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0\n"
		"spec.holderIdentity: Invalid value: \"\": must not be empty" },
};

#define NO_NEW_FINALIZERS \
	"metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new " \
	"finalizers []string{\"a/b\"}"

static const struct {
	const char *kind, *old, *now, *causes;
} updates[] = {
	{ "v1/ConfigMap", "{" META "}", "{" META ",'data':{'a':'b'}}", "" },
	{ "v1/ConfigMap", "{'metadata':{'name':'a','namespace':'n','uid':'1'}}",
		"{'metadata':{'name':'a','namespace':'n','uid':'2'}}",
		/* metadata is looked at twice: for every kind, and with the kind's own rules */
		"metadata.uid: Invalid value: \"2\": field is immutable\n"
		"metadata.uid: Invalid value: \"2\": field is immutable" },
	{ "v1/ConfigMap", "{'metadata':{'name':'a','namespace':'n','deletionTimestamp':'2026-01-01T00:00:00Z'}}",
		"{'metadata':{'name':'a','namespace':'n','deletionTimestamp':'2026-01-01T00:00:00Z',"
		"'finalizers':['a/b']}}",
		NO_NEW_FINALIZERS "\n" NO_NEW_FINALIZERS },
	{ "v1/ConfigMap", "{" META ",'immutable':true,'data':{'a':'b'}}", "{" META ",'data':{'a':'c'}}",
		"immutable: Forbidden: field is immutable when `immutable` is set\ndata: Forbidden: field is "
		"immutable when `immutable` is set" },
	{ "v1/Secret", "{" META "}", "{" META ",'type':'x/y'}", "type: Invalid value: \"x/y\": field is immutable" },
	{ "v1/Pod", POD("'hostname':'h'"), "{" META ",'spec':{'hostname':'h','containers':[{'name':'c','image':'j'}]}}",
		"" },
	{ "v1/Pod", POD("'tolerations':[{'key':'a','operator':'Exists'}]"), POD("'hostname':'h'"),
		"spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds" },
	{ "v1/Pod", POD("'activeDeadlineSeconds':5"), POD("'activeDeadlineSeconds':6"),
		"spec.activeDeadlineSeconds: Invalid value: 6: must be less than or equal to previous value" },
	{ "apps/v1/Deployment", DEPLOYMENT(""),
		"{" META ",'spec':{'selector':{'matchLabels':{'a':'b'},'matchExpressions':[{'key':'a','operator':'"
			 "Exists'}]}," TEMPLATE "}}",
		"spec.selector: Invalid value: "
		"{\"matchExpressions\":[{\"key\":\"a\",\"operator\":\"Exists\"}],\"matchLabels\":{\"a\":\"b\"}}: "
		"field is immutable" },
};

static jv read_object(const struct kind *kind, const char *text)
{
	scoped_free char *body = unquote(text);
	scoped(err) struct err err = { 0 };
	jv object;

	if (decode(kind, slice_of(body), false, STRICT_REFUSE, &object, NULL, &err) < 0)
		ok(false, "%s: %s", text, err_text(&err));
	schema_default(kind, &object);
	return object;
}

static char *told(const struct causes *causes)
{
	scoped(strs) struct strs lines = { 0 };

	for (int i = 0; i < jvs_len(causes->list); i++) {
		scoped(jv) jv cause = jvs_item(causes->list, i), field = jvs_at(cause, "field"),
			      text = jvs_at(cause, "message");

		strs_printf(&lines, "%s: %s", jvs_text(field), jvs_text(text));
	}
	return strs_join(&lines, "\n");
}

static void test_create(size_t i)
{
	const struct kind *kind = kind_named(creates[i].kind);
	scoped(jv) jv object = read_object(kind, creates[i].object);
	scoped(causes) struct causes causes = { 0 };
	scoped_free char *got = NULL;

	validate_create(kind, object, NULL, &causes);
	got = told(&causes);
	same(got, creates[i].causes, creates[i].object);
}

static void test_update(size_t i)
{
	const struct kind *kind = kind_named(updates[i].kind);
	scoped(jv) jv object = read_object(kind, updates[i].now), old = read_object(kind, updates[i].old);
	scoped(causes) struct causes causes = { 0 };
	scoped_free char *got = NULL;

	validate_update(kind, object, old, &causes);
	got = told(&causes);
	same(got, updates[i].causes, updates[i].now);
}

static const struct {
	enum name_rule rule;
	const char *good[6], *bad[6];
} names[] = {
	{ NAME_LABEL, { "a", "a-b", "1a" }, { "", "A", "-a", "a-", "a_b" } },
	{ NAME_SUBDOMAIN, { "a", "a.b", "a-b.c" }, { "", "a..b", ".a", "a.", "a.-b" } },
	{ NAME_KEY, { "a", "A_b.c", "x.io/A" }, { "", "/a", "a/", "a/b/c", "X.io/a" } },
	{ NAME_VALUE, { "", "a", "A_b.c" }, { "-", "a b", "a-" } },
	{ NAME_CONFIG_KEY, { "a", ".b", "A_b" }, { "", ".", "..", "..a", "a/b" } },
	{ NAME_PORT, { "http", "a1", "1a" }, { "", "A", "1", "a--b", "abcdefghijklmnop" } },
	{ NAME_PATH, { "a", "A:b" }, { ".", "..", "a/b", "a%" } },
	{ NAME_ENV, { "A", "a-b.c", "1 2" }, { "", "a=b", "\xc3\xa4" } },
	{ NAME_PERCENT, { "1%", "250%" }, { "", "%", "a%", "1" } },
};

static void test_names(size_t i)
{
	for (const char *const *name = names[i].good; *name; name++) {
		scoped(strs) struct strs faults = { 0 };

		names_check(names[i].rule, *name, &faults);
		ok(!faults.len, "rule %d takes \"%s\"", names[i].rule, *name);
	}
	for (const char *const *name = names[i].bad; *name; name++) {
		scoped(strs) struct strs faults = { 0 };

		names_check(names[i].rule, *name, &faults);
		ok(faults.len, "rule %d refuses \"%s\"", names[i].rule, *name);
	}
}

static void test_status(void)
{
	scoped(causes) struct causes causes = { 0 };
	scoped(jv) jv status = jv_null(), message = jv_null(), value = jv_string("a\"b\n");

	required(&causes, at_field(at_item(at_field(NULL, "list"), 3), "x"), NULL);
	invalid(&causes, at_key(at_field(NULL, "map"), "k.e.y"), value, "no");
	invalid(&causes, at_key(at_field(NULL, "map"), "k.e.y"), value, "no");
	status = causes_status(&causes, "apps", "Deployment", "d");
	message = jvs_at(status, "message");
	same(jvs_text(message),
		"Deployment.apps \"d\" is invalid: [list[3].x: Required value, map[k.e.y]: Invalid value: "
		"\"a\\\"b\\n\": no]",
		"a Status of several causes says each once");
	ok(jvs_get_int(status, "code", 0) == 422 && jvs_get_is(status, "details.group", "apps") &&
			jvs_get_is(status, "reason", "Invalid"),
		"and what it is about");
}

int main(void)
{
	for (size_t i = 0; i < sizeof creates / sizeof *creates; i++)
		test_create(i);
	for (size_t i = 0; i < sizeof updates / sizeof *updates; i++)
		test_update(i);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		test_names(i);
	test_status();
	return tap_end();
}
