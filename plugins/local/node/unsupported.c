#include "node/unsupported.h"

#include <string.h>

#include "base/mem.h"
#include "formats/jvs.h"

/* Fields that must not be there, or have one of the values that mean what happens anyway. */
static const struct field {
	const char *path;
	const char *harmless;           /* a text that is as good as none; NULL: there is none */
} pod_fields[] = {
	{ "spec.runtimeClassName", NULL },
	{ "spec.resourceClaims", NULL },
	{ "spec.resources", NULL },
	{ "spec.dnsConfig", NULL },
	{ "spec.setHostnameAsFQDN", NULL },
	{ "spec.securityContext.seLinuxOptions", NULL },
	{ "spec.securityContext.windowsOptions", NULL },
	{ "spec.securityContext.appArmorProfile", NULL },
	{ "spec.securityContext.fsGroup", NULL },
	{ "spec.securityContext.seccompProfile.localhostProfile", NULL },
}, container_fields[] = {
	{ "livenessProbe", NULL },
	{ "readinessProbe", NULL },
	{ "startupProbe", NULL },
	{ "lifecycle", NULL },
	{ "restartPolicy", NULL },
	{ "restartPolicyRules", NULL },
	{ "envFrom", NULL },
	{ "volumeDevices", NULL },
	{ "terminationMessagePolicy", "File" },
	{ "securityContext.seLinuxOptions", NULL },
	{ "securityContext.windowsOptions", NULL },
	{ "securityContext.appArmorProfile", NULL },
	{ "securityContext.procMount", "Default" },
	{ "securityContext.seccompProfile.localhostProfile", NULL },
	{ "resources.claims", NULL },
}, mount_fields[] = {
	{ "subPath", NULL },
	{ "subPathExpr", NULL },
	{ "recursiveReadOnly", "Disabled" },
}, source_fields[] = {
	{ "configMapKeyRef", NULL },
	{ "secretKeyRef", NULL },
	{ "resourceFieldRef", NULL },
	{ "fileKeyRef", NULL },
};

static bool is_asked(jv object, const struct field *field)
{
	scoped(jv) jv value = jvs_get(object, field->path);

	if (jvs_is(value, JV_KIND_NULL) || jvs_is(value, JV_KIND_FALSE))
		return false;
	if (jvs_is(value, JV_KIND_ARRAY) && !jvs_len(value))
		return false;
	return !(field->harmless && strcmp(jvs_text(value), field->harmless) == 0) &&
	       !(jvs_is(value, JV_KIND_STRING) && !*jvs_text(value));
}

#define FIRST(object, fields) first(object, fields, sizeof(fields) / sizeof *(fields))
static const char *first(jv object, const struct field *fields, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (is_asked(object, &fields[i]))
			return fields[i].path;
	return NULL;
}

/* The API gives every pod this volume. No tokens are issued yet: the folder is there, and empty. */
static bool is_account_volume(const char *name)
{
	static const char prefix[] = "kube-api-access-";

	return name && strncmp(name, prefix, sizeof prefix - 1) == 0;
}

static char *find_volume(jv pod)
{
	scoped(jv) jv volumes = jvs_get(pod, "spec.volumes");

	for (int i = 0; i < jvs_len(volumes); i++) {
		scoped(jv) jv volume = jvs_item(volumes, i);
		scoped_free char *name = jvs_get_text(volume, "name"),
				 *medium = jvs_get_text(volume, "emptyDir.medium");

		if (is_account_volume(name))
			continue;
		if (medium && *medium)
			return mem_printf("spec.volumes{%s}.emptyDir.medium", name);
		jv_object_foreach(volume, key, value) {
			scoped_free char *source = mem_dup(jv_string_value(key));

			jv_free(key);
			jv_free(value);
			if (strcmp(source, "name") != 0 && strcmp(source, "emptyDir") != 0 &&
				strcmp(source, "hostPath") != 0)
				return mem_printf("spec.volumes{%s}.%s", name, source);
		}
	}
	return NULL;
}

static char *find_in_list(jv container, const char *list, const char *name, const char *sub,
	const struct field *fields, size_t count)
{
	scoped(jv) jv items = jvs_at(container, list);

	for (int i = 0; i < jvs_len(items); i++) {
		scoped(jv) jv item = jvs_item(items, i);
		scoped(jv) jv inner = sub ? jvs_at(item, sub) : jv_copy(item);
		scoped(jv) jv called = jvs_at(item, sub ? "name" : "mountPath");
		const char *path = first(inner, fields, count);

		if (path)
			return mem_printf("spec.containers{%s}.%s{%s}%s%s.%s", name, list, jvs_text(called),
				sub ? "." : "", sub ? sub : "", path);
	}
	return NULL;
}

char *unsupported_find(jv pod, jv container)
{
	scoped(jv) jv host_users = jvs_get(pod, "spec.hostUsers");
	scoped_free char *name = jvs_get_text(container, "name"), *found = NULL;
	const char *path = FIRST(pod, pod_fields);

	if (path)
		return mem_dup(path);
	if (jvs_is(host_users, JV_KIND_FALSE))
		return mem_dup("spec.hostUsers");
	if (jvs_get_is(pod, "spec.dnsPolicy", "None"))
		return mem_dup("spec.dnsPolicy");
	path = FIRST(container, container_fields);
	if (path)
		return mem_printf("spec.containers{%s}.%s", name, path);
	found = find_volume(pod);
	if (!found)
		found = find_in_list(container, "volumeMounts", name, NULL, mount_fields,
			sizeof mount_fields / sizeof *mount_fields);
	if (!found)
		found = find_in_list(container, "env", name, "valueFrom", source_fields,
			sizeof source_fields / sizeof *source_fields);
	return steal(found);
}
