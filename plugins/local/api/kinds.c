/* The table of kinds: everything about a kind that is not in its schema. Source of the facts: discovery and the printed
 * columns of kube-apiserver 1.36; field selectors: pkg/apis/.../conversion.go. */
#include "api/columns.h"
#include "api/convert.h"
#include "api/kind.h"
#include "base/mem.h"

#define LIST(...) (const char *const[]){ __VA_ARGS__, NULL }
#define COUNT(array) (sizeof(array) / sizeof *(array))
#define SELECTABLES(array) .selectables = (array), .selectable_count = COUNT(array)
#define COLUMNS(name) .columns = name##_columns, .column_count = COUNT(name##_columns), .cells = name##_cells
#define SUBRESOURCES(array) .subresources = (array), .subresource_count = COUNT(array)

static const char *const all_verbs[] = {
	"create", "delete", "deletecollection", "get", "list", "patch", "update", "watch", NULL,
};
static const char *const all_but_collection[] = { "create", "delete", "get", "list", "patch", "update", "watch", NULL };
static const char *const create_only[] = { "create", NULL };
static const char *const create_get[] = { "create", "get", NULL };
static const char *const get_only[] = { "get", NULL };
static const char *const get_patch_update[] = { "get", "patch", "update", NULL };
static const char *const update_only[] = { "update", NULL };
static const char *const proxy_verbs[] = { "create", "delete", "get", "patch", "update", NULL };

static const struct subresource namespace_subresources[] = {
	{ "finalize", "Namespace", "", "", update_only },
	{ "status", "Namespace", "", "", get_patch_update },
};
static const struct selectable namespace_fields[] = { { "status.phase", NULL, NULL } };

static const struct kind namespaces = {
	.group = "", .version = "v1", .kind = "Namespace", .list_kind = "NamespaceList", .plural = "namespaces",
	.singular = "namespace", .name_rule = NAME_LABEL, .short_names = LIST("ns"), .verbs = all_but_collection,
	.schema = "io.k8s.api.core.v1.Namespace", .storage_hash = "Q3oi5N2YM8M=", .hooks = &namespace_hooks,
	SELECTABLES(namespace_fields), SUBRESOURCES(namespace_subresources), COLUMNS(namespace),
};

static const struct subresource node_subresources[] = { { "status", "Node", "", "", get_patch_update } };
static const struct selectable node_fields[] = { { "spec.unschedulable", NULL, "false" } };

static const struct kind nodes = {
	.group = "", .version = "v1", .kind = "Node", .list_kind = "NodeList", .plural = "nodes", .singular = "node",
	.short_names = LIST("no"), .verbs = all_verbs, .schema = "io.k8s.api.core.v1.Node",
	.storage_hash = "XwShjMxG9Fs=", .hooks = &node_hooks,
	SELECTABLES(node_fields), SUBRESOURCES(node_subresources), COLUMNS(node),
};

static const struct subresource pod_subresources[] = {
	{ "attach", "PodAttachOptions", "", "", create_get },
	{ "binding", "Binding", "", "", create_only },
	{ "eviction", "Eviction", "policy", "v1", create_only },
	{ "exec", "PodExecOptions", "", "", create_get },
	{ "log", "Pod", "", "", get_only },
	{ "portforward", "PodPortForwardOptions", "", "", create_get },
	{ "proxy", "PodProxyOptions", "", "", proxy_verbs },
	{ "status", "Pod", "", "", get_patch_update },
};
static const struct selectable pod_fields[] = {
	{ "spec.nodeName", NULL, NULL }, { "spec.restartPolicy", NULL, NULL }, { "spec.schedulerName", NULL, NULL },
	{ "spec.serviceAccountName", NULL, NULL }, { "spec.hostNetwork", NULL, "false" },
	{ "status.phase", NULL, NULL }, { "status.podIP", NULL, NULL }, { "status.podIPs", "status.podIP", NULL },
	{ "status.nominatedNodeName", NULL, NULL },
};

static const struct kind pods = {
	.group = "",
	.version = "v1",
	.kind = "Pod",
	.list_kind = "PodList",
	.plural = "pods",
	.singular = "pod",
	.short_names = LIST("po"),
	.categories = LIST("all"),
	.verbs = all_verbs,
	.namespaced = true,
	.graceful = true,
	.returns_deleted = true,
	.generation = true,
	.schema = "io.k8s.api.core.v1.Pod",
	.storage_hash = "xPOwRZ+Yhw8=",
	.hooks = &pod_hooks,
	SELECTABLES(pod_fields),
	SUBRESOURCES(pod_subresources),
	COLUMNS(pod),
};

static const struct kind podtemplates = {
	.group = "", .version = "v1", .kind = "PodTemplate", .list_kind = "PodTemplateList", .plural = "podtemplates",
	.singular = "podtemplate", .verbs = all_verbs, .namespaced = true, .returns_deleted = true, .generation = true,
	.schema = "io.k8s.api.core.v1.PodTemplate", .storage_hash = "LIXB2x4IFpk=", .hooks = &pod_template_hooks,
	COLUMNS(pod_template),
};

static const struct selectable event_fields[] = {
	{ "involvedObject.kind", NULL, NULL }, { "involvedObject.namespace", NULL, NULL },
	{ "involvedObject.name", NULL, NULL }, { "involvedObject.uid", NULL, NULL },
	{ "involvedObject.apiVersion", NULL, NULL }, { "involvedObject.resourceVersion", NULL, NULL },
	{ "involvedObject.fieldPath", NULL, NULL }, { "reason", NULL, NULL },
	{ "reportingComponent", NULL, NULL }, { "source", "source.component", NULL }, { "type", NULL, NULL },
};

static const struct kind events = {
	.group = "", .version = "v1", .kind = "Event", .list_kind = "EventList", .plural = "events",
	.singular = "event", .short_names = LIST("ev"), .verbs = all_verbs, .namespaced = true,
	.create_on_update = true, .schema = "io.k8s.api.core.v1.Event", .storage_hash = "r2yiGXH7wu8=",
	.hooks = &event_hooks, SELECTABLES(event_fields), COLUMNS(event),
};

/* The same objects, by their fields of the other group. */
static const struct selectable new_event_fields[] = {
	{ "regarding.kind", NULL, NULL }, { "regarding.namespace", NULL, NULL }, { "regarding.name", NULL, NULL },
	{ "regarding.uid", NULL, NULL }, { "regarding.apiVersion", NULL, NULL },
	{ "regarding.resourceVersion", NULL, NULL }, { "regarding.fieldPath", NULL, NULL }, { "reason", NULL, NULL },
	{ "reportingController", NULL, NULL }, { "source", NULL, NULL }, { "type", NULL, NULL },
};

static const struct kind new_events = {
	.group = "events.k8s.io", .version = "v1", .kind = "Event", .list_kind = "EventList", .plural = "events",
	.singular = "event", .short_names = LIST("ev"), .verbs = all_verbs, .namespaced = true,
	.create_on_update = true, .schema = "io.k8s.api.events.v1.Event", .storage_hash = "r2yiGXH7wu8=",
	.hooks = &new_event_hooks, SELECTABLES(new_event_fields), COLUMNS(event), .stored_as = &events,
	.to_stored = convert_event_to_core, .from_stored = convert_event_from_core,
};

static const struct kind configmaps = {
	.group = "", .version = "v1", .kind = "ConfigMap", .list_kind = "ConfigMapList", .plural = "configmaps",
	.singular = "configmap", .short_names = LIST("cm"), .verbs = all_verbs, .namespaced = true,
	.schema = "io.k8s.api.core.v1.ConfigMap", .storage_hash = "qFsyl6wFWjQ=", .hooks = &config_map_hooks,
	COLUMNS(config_map),
};

static const struct selectable secret_fields[] = { { "type", NULL, NULL } };

static const struct kind secrets = {
	.group = "", .version = "v1", .kind = "Secret", .list_kind = "SecretList", .plural = "secrets",
	.singular = "secret", .verbs = all_verbs, .namespaced = true, .schema = "io.k8s.api.core.v1.Secret",
	.storage_hash = "S6u1pOWzb84=", .hooks = &secret_hooks, SELECTABLES(secret_fields), COLUMNS(secret),
};

static const struct kind serviceaccounts = {
	.group = "", .version = "v1", .kind = "ServiceAccount", .list_kind = "ServiceAccountList",
	.plural = "serviceaccounts", .singular = "serviceaccount", .short_names = LIST("sa"), .verbs = all_verbs,
	.namespaced = true, .returns_deleted = true, .version_needed = true,
	.schema = "io.k8s.api.core.v1.ServiceAccount", .storage_hash = "pbx9ZvyFpBE=",
	.hooks = &service_account_hooks, COLUMNS(service_account),
};

static const struct selectable service_fields[] = { { "spec.clusterIP", NULL, NULL }, { "spec.type", NULL, NULL } };

static const struct kind services = {
	.group = "", .version = "v1", .kind = "Service", .list_kind = "ServiceList", .plural = "services",
	.singular = "service", .name_rule = NAME_LABEL, .short_names = LIST("svc"), .categories = LIST("all"),
	.verbs = all_verbs, .namespaced = true, .returns_deleted = true, .schema = "io.k8s.api.core.v1.Service",
	.storage_hash = "0/CO1lhkEBI=", .hooks = &service_hooks, SELECTABLES(service_fields),
	COLUMNS(service),
};

static const struct kind endpoints = {
	.group = "", .version = "v1", .kind = "Endpoints", .list_kind = "EndpointsList", .plural = "endpoints",
	.singular = "endpoints", .short_names = LIST("ep"), .verbs = all_verbs, .namespaced = true,
	.create_on_update = true, .schema = "io.k8s.api.core.v1.Endpoints", .storage_hash = "fWeeMqaN/OA=",
	.deprecated = "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
	.hooks = &endpoints_hooks, COLUMNS(endpoints),
};

static const struct kind bindings = {
	.group = "", .version = "v1", .kind = "Binding", .list_kind = "", .plural = "bindings", .singular = "binding",
	.verbs = create_only, .namespaced = true, .schema = "io.k8s.api.core.v1.Binding",
};

static const struct subresource deployment_subresources[] = {
	{ "scale", "Scale", "autoscaling", "v1", get_patch_update },
	{ "status", "Deployment", "", "", get_patch_update },
};

static const struct kind deployments = {
	.group = "apps", .version = "v1", .kind = "Deployment", .list_kind = "DeploymentList", .plural = "deployments",
	.singular = "deployment", .short_names = LIST("deploy"), .categories = LIST("all"), .verbs = all_verbs,
	.namespaced = true, .generation = true, .schema = "io.k8s.api.apps.v1.Deployment",
	.storage_hash = "8aSe+NMegvE=", .hooks = &deployment_hooks, SUBRESOURCES(deployment_subresources),
	COLUMNS(deployment),
};

static const struct subresource replica_set_subresources[] = {
	{ "scale", "Scale", "autoscaling", "v1", get_patch_update },
	{ "status", "ReplicaSet", "", "", get_patch_update },
};

static const struct kind replicasets = {
	.group = "apps", .version = "v1", .kind = "ReplicaSet", .list_kind = "ReplicaSetList", .plural = "replicasets",
	.singular = "replicaset", .short_names = LIST("rs"), .categories = LIST("all"), .verbs = all_verbs,
	.namespaced = true, .generation = true, .schema = "io.k8s.api.apps.v1.ReplicaSet",
	.storage_hash = "P1RzHs8/mWQ=", .hooks = &replica_set_hooks,
	SUBRESOURCES(replica_set_subresources), COLUMNS(replica_set),
};

static const struct kind controllerrevisions = {
	.group = "apps", .version = "v1", .kind = "ControllerRevision", .list_kind = "ControllerRevisionList",
	.plural = "controllerrevisions", .singular = "controllerrevision", .verbs = all_verbs, .namespaced = true,
	.schema = "io.k8s.api.apps.v1.ControllerRevision", .storage_hash = "85nkx63pcBU=",
	.hooks = &controller_revision_hooks, COLUMNS(controller_revision),
};

static const struct kind leases = {
	.group = "coordination.k8s.io", .version = "v1", .kind = "Lease", .list_kind = "LeaseList", .plural = "leases",
	.singular = "lease", .verbs = all_verbs, .namespaced = true, .create_on_update = true, .version_needed = true,
	.schema = "io.k8s.api.coordination.v1.Lease", .storage_hash = "gqkMMb/YqFM=", .hooks = &lease_hooks,
	COLUMNS(lease),
};

/* Reviews are made and answered, never stored. */
#define REVIEW(GROUP, PACKAGE, KIND, PLURAL, SINGULAR)                                                                 \
	{                                                                                                              \
		.group = GROUP, .version = "v1", .kind = KIND, .list_kind = "", .plural = PLURAL,                      \
		.singular = SINGULAR, .verbs = create_only, .schema = "io.k8s.api." PACKAGE ".v1." KIND,               \
	}
#define AUTHORIZATION "authorization.k8s.io"
#define AUTHENTICATION "authentication.k8s.io"

static const struct kind self_subject_reviews =
	REVIEW(AUTHENTICATION, "authentication", "SelfSubjectReview", "selfsubjectreviews", "selfsubjectreview");
static const struct kind token_reviews =
	REVIEW(AUTHENTICATION, "authentication", "TokenReview", "tokenreviews", "tokenreview");
static const struct kind local_access_reviews = {
	.group = AUTHORIZATION, .version = "v1", .kind = "LocalSubjectAccessReview", .list_kind = "",
	.plural = "localsubjectaccessreviews", .singular = "localsubjectaccessreview", .verbs = create_only,
	.namespaced = true, .schema = "io.k8s.api.authorization.v1.LocalSubjectAccessReview",
};
static const struct kind self_access_reviews = REVIEW(AUTHORIZATION, "authorization", "SelfSubjectAccessReview",
	"selfsubjectaccessreviews", "selfsubjectaccessreview");
static const struct kind self_rules_reviews = REVIEW(AUTHORIZATION, "authorization", "SelfSubjectRulesReview",
	"selfsubjectrulesreviews", "selfsubjectrulesreview");
static const struct kind access_reviews =
	REVIEW(AUTHORIZATION, "authorization", "SubjectAccessReview", "subjectaccessreviews", "subjectaccessreview");

/* Within a group version sorted by plural, as discovery shows them; groups in discovery's order. */
const struct kind *const kinds[] = {
	&bindings, &configmaps, &endpoints, &events, &namespaces, &nodes, &pods, &podtemplates, &secrets,
	&serviceaccounts, &services,
	&controllerrevisions, &deployments, &replicasets,
	&new_events,
	&self_subject_reviews, &token_reviews,
	&local_access_reviews, &self_access_reviews, &self_rules_reviews, &access_reviews,
	&leases,
	NULL,
};

const struct kind *kind_find(const char *group, const char *version, const char *plural)
{
	for (size_t i = 0; kinds[i]; i++)
		if (strcmp(kinds[i]->plural, plural) == 0 && strcmp(kinds[i]->group, group) == 0 &&
				strcmp(kinds[i]->version, version) == 0)
			return kinds[i];
	return NULL;
}

char *kind_api_version(const struct kind *kind)
{
	return mem_printf("%s%s%s", kind->group, *kind->group ? "/" : "", kind->version);
}

const struct kind *kind_of(const char *api_version, const char *kind)
{
	for (size_t i = 0; kinds[i]; i++) {
		scoped_free char *have = kind_api_version(kinds[i]);

		if (strcmp(kinds[i]->kind, kind) == 0 && strcmp(have, api_version) == 0)
			return kinds[i];
	}
	return NULL;
}

bool kind_version_served(const char *group, const char *version)
{
	for (size_t i = 0; kinds[i]; i++)
		if (strcmp(kinds[i]->group, group) == 0 && strcmp(kinds[i]->version, version) == 0)
			return true;
	return false;
}
