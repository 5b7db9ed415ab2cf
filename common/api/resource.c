#include "api/resource.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/mem.h"

char *resource_api_version(const struct resource *resource)
{
	return mem_printf("%s%s%s", resource->group, *resource->group ? "/" : "", resource->version);
}

char *resource_name(const struct resource *resource)
{
	return mem_printf("%s%s%s", resource->plural, *resource->group ? "." : "", resource->group);
}

static char *lower(const char *text)
{
	char *copy = mem_dup(text);

	for (char *c = copy; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return copy;
}

struct resource *resources_add(struct resources *resources, const char *group, const char *version, const char *plural,
	const char *singular, const char *kind, bool namespaced)
{
	struct resource *resource = mem_alloc(sizeof *resource);

	*resource = (struct resource){ .group = mem_dup(group ? group : ""), .version = mem_dup(version),
		.plural = mem_dup(plural), .singular = singular && *singular ? mem_dup(singular) : lower(kind),
		.kind = mem_dup(kind), .namespaced = namespaced };
	/* Room is the next power of two, so it need not be kept. */
	if ((resources->len & (resources->len - 1)) == 0)
		resources->at = mem_grow(resources->at, resources->len ? 2 * resources->len : 1, sizeof *resources->at);
	resources->at[resources->len++] = resource;
	return resource;
}

void resources_release(struct resources *resources)
{
	for (size_t i = 0; i < resources->len; i++) {
		struct resource *resource = resources->at[i];

		free(resource->group);
		free(resource->version);
		free(resource->plural);
		free(resource->singular);
		free(resource->kind);
		strs_release(&resource->short_names);
		strs_release(&resource->verbs);
		strs_release(&resource->categories);
		free(resource);
	}
	free(resources->at);
	*resources = (struct resources){ 0 };
}

static bool is(struct slice word, const char *text)
{
	return word.len == strlen(text) && strncasecmp(word.at, text, word.len) == 0;
}

static bool has_name(const struct resource *resource, struct slice word)
{
	return is(word, resource->plural) || is(word, resource->singular) || is(word, resource->kind);
}

static bool has_short_name(const struct resource *resource, struct slice word)
{
	for (size_t i = 0; i < resource->short_names.len; i++)
		if (is(word, resource->short_names.at[i]))
			return true;
	return false;
}

/* rest is what stood behind the word's first dot: GROUP, or VERSION.GROUP; NULL: nothing. */
static bool is_of(const struct resource *resource, const char *rest)
{
	size_t len = strlen(resource->version);

	if (!rest || (*resource->group && strcmp(rest, resource->group) == 0))
		return true;
	return strncmp(rest, resource->version, len) == 0 &&
		(rest[len] == '.' ? strcmp(rest + len + 1, resource->group) == 0 : !rest[len] && !*resource->group);
}

const struct resource *resources_find(const struct resources *resources, const char *word)
{
	static bool (*const ways[])(const struct resource *, struct slice) = { has_name, has_short_name };
	const char *dot = strchr(word, '.'), *rest = dot ? dot + 1 : NULL;
	struct slice name = { word, dot ? (size_t)(dot - word) : strlen(word) };

	for (size_t way = 0; way < sizeof ways / sizeof *ways; way++)
		for (size_t i = 0; i < resources->len; i++)
			if (is_of(resources->at[i], rest) && ways[way](resources->at[i], name))
				return resources->at[i];
	return NULL;
}

const struct resource *resources_find_kind(const struct resources *resources, const char *api_version,
	const char *kind)
{
	for (size_t i = 0; i < resources->len; i++) {
		const struct resource *resource = resources->at[i];
		scoped_free char *ours = NULL;

		if (strcmp(resource->kind, kind) != 0)
			continue;
		ours = resource_api_version(resource);
		if (strcmp(ours, api_version) == 0)
			return resource;
	}
	return NULL;
}

bool resource_is_preferred(const struct resources *resources, const struct resource *resource)
{
	for (size_t i = 0; i < resources->len; i++)
		if (strcmp(resources->at[i]->plural, resource->plural) == 0 &&
			strcmp(resources->at[i]->group, resource->group) == 0)
			return resources->at[i] == resource;
	return false;
}

#define VERBS "create delete deletecollection get list patch update watch"

static const struct {
	const char *group, *version, *plural, *kind;
	const char *short_names, *categories;
	bool cluster_wide;
} well_known[] = {
	{ "", "v1", "pods", "Pod", "po", "all", false },
	{ "", "v1", "configmaps", "ConfigMap", "cm", "", false },
	{ "", "v1", "endpoints", "Endpoints", "ep", "", false },
	{ "", "v1", "events", "Event", "ev", "", false },
	{ "", "v1", "limitranges", "LimitRange", "limits", "", false },
	{ "", "v1", "namespaces", "Namespace", "ns", "", true },
	{ "", "v1", "nodes", "Node", "no", "", true },
	{ "", "v1", "persistentvolumeclaims", "PersistentVolumeClaim", "pvc", "", false },
	{ "", "v1", "persistentvolumes", "PersistentVolume", "pv", "", true },
	{ "", "v1", "podtemplates", "PodTemplate", "", "", false },
	{ "", "v1", "replicationcontrollers", "ReplicationController", "rc", "all", false },
	{ "", "v1", "resourcequotas", "ResourceQuota", "quota", "", false },
	{ "", "v1", "secrets", "Secret", "", "", false },
	{ "", "v1", "serviceaccounts", "ServiceAccount", "sa", "", false },
	{ "", "v1", "services", "Service", "svc", "all", false },
	{ "apps", "v1", "controllerrevisions", "ControllerRevision", "", "", false },
	{ "apps", "v1", "daemonsets", "DaemonSet", "ds", "all", false },
	{ "apps", "v1", "deployments", "Deployment", "deploy", "all", false },
	{ "apps", "v1", "replicasets", "ReplicaSet", "rs", "all", false },
	{ "apps", "v1", "statefulsets", "StatefulSet", "sts", "all", false },
	{ "batch", "v1", "cronjobs", "CronJob", "cj", "all", false },
	{ "batch", "v1", "jobs", "Job", "", "all", false },
	{ "coordination.k8s.io", "v1", "leases", "Lease", "", "", false },
	{ "networking.k8s.io", "v1", "ingresses", "Ingress", "ing", "", false },
	{ "networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy", "netpol", "", false },
	{ "rbac.authorization.k8s.io", "v1", "clusterrolebindings", "ClusterRoleBinding", "", "", true },
	{ "rbac.authorization.k8s.io", "v1", "clusterroles", "ClusterRole", "", "", true },
	{ "rbac.authorization.k8s.io", "v1", "rolebindings", "RoleBinding", "", "", false },
	{ "rbac.authorization.k8s.io", "v1", "roles", "Role", "", "", false },
	{ "storage.k8s.io", "v1", "storageclasses", "StorageClass", "sc", "", true },
};

void resources_add_well_known(struct resources *resources)
{
	for (size_t i = 0; i < sizeof well_known / sizeof *well_known; i++) {
		struct resource *resource = resources_add(resources, well_known[i].group, well_known[i].version,
			well_known[i].plural, NULL, well_known[i].kind, !well_known[i].cluster_wide);

		strs_split(&resource->short_names, well_known[i].short_names, ' ');
		strs_split(&resource->categories, well_known[i].categories, ' ');
		strs_split(&resource->verbs, VERBS, ' ');
	}
}
