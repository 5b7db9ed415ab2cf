/* Environment of containers, and the fields of a pod that it and volumes may show. */
#include <ctype.h>
#include <string.h>

#include "api/checks.h"
#include "api/podspec.h"
#include "base/mem.h"
#include "formats/jvs.h"

/* Every field that has a name in the downward API. */
static const char *const known_fields[] = {
	"metadata.annotations",
	"metadata.labels",
	"metadata.name",
	"metadata.namespace",
	"metadata.uid",
	"spec.nodeName",
	"spec.restartPolicy",
	"spec.serviceAccountName",
	"spec.schedulerName",
	"status.phase",
	"status.hostIP",
	"status.hostIPs",
	"status.podIP",
	"status.podIPs",
	NULL,
};

static const char *const env_fields[] = {
	"metadata.name",
	"metadata.namespace",
	"metadata.uid",
	"spec.nodeName",
	"spec.serviceAccountName",
	"status.hostIP",
	"status.hostIPs",
	"status.podIP",
	"status.podIPs",
	NULL,
};

static const char *const volume_fields[] = {
	"metadata.annotations",
	"metadata.labels",
	"metadata.name",
	"metadata.namespace",
	"metadata.uid",
	NULL,
};

static bool is_among(const char *text, const char *const *list)
{
	for (; *list; list++)
		if (!strcmp(text, *list))
			return true;
	return false;
}

/* metadata.labels['key']: only these two have subscripts. */
static void validate_subscript(const char *path, const char *bracket, const struct at *at, struct causes *causes)
{
	scoped_free char *field = mem_dup_n(path, (size_t)(bracket - path)), *key = NULL;
	scoped(jv) jv shown = jv_string(field);

	if (strcmp(field, "metadata.annotations") != 0 && strcmp(field, "metadata.labels") != 0) {
		invalid(causes, at, shown, "does not support subscript");
		return;
	}
	key = mem_dup_n(bracket + 2, strlen(bracket) - 4);
	for (char *c = key; *c && !strcmp(field, "metadata.annotations"); c++)
		*c = (char)tolower((unsigned char)*c);
	invalid_name(causes, at, NAME_KEY, key);
}

void field_ref_validate(jv ref, bool in_volume, const struct at *at, struct causes *causes)
{
	scoped(jv) jv version = jvs_at(ref, "apiVersion"), path = jvs_at(ref, "fieldPath");
	const char *text = jvs_text(path), *bracket = strstr(text, "['");
	size_t len = strlen(text);

	check_needed(ref, "apiVersion", at, causes);
	check_needed(ref, "fieldPath", at, causes);
	if (!*text || !*jvs_text(version))
		return;
	if (bracket && len > 2 && !strcmp(text + len - 2, "']"))
		validate_subscript(text, bracket, at, causes);
	else if (!is_among(text, known_fields))
		invalid(causes, at_field(at, "fieldPath"), path,
			"error converting fieldPath: field label not supported: %s", text);
	else if (!is_among(text, in_volume ? volume_fields : env_fields))
		unsupported(causes, at_field(at, "fieldPath"), path, in_volume ? volume_fields : env_fields);
}

void resource_ref_validate(jv ref, bool in_volume, const struct at *at, struct causes *causes)
{
	static const char *const supported[] = { "limits.cpu", "limits.ephemeral-storage", "limits.memory",
		"requests.cpu", "requests.ephemeral-storage", "requests.memory", NULL };
	scoped(jv) jv resource = jvs_at(ref, "resource");
	const char *text = jvs_text(resource);

	if (in_volume)
		check_needed(ref, "containerName", at, causes);
	if (!*text)
		required(causes, at_field(at, "resource"), NULL);
	else if (!is_among(text, supported) && !strstr(text, ".hugepages-"))
		unsupported(causes, at_field(at, "resource"), resource, supported);
}

static void validate_key_ref(jv ref, const struct at *at, struct causes *causes)
{
	check_needed(ref, "name", at, causes);
	check_name(ref, "key", NAME_CONFIG_KEY, true, at, causes);
}

static int validate_source(jv from, const char *name, const struct at *at, struct causes *causes)
{
	scoped(jv) jv source = jvs_at(from, name);

	if (!jvs_is(source, JV_KIND_OBJECT))
		return 0;
	if (!strcmp(name, "fieldRef"))
		field_ref_validate(source, false, at_field(at, name), causes);
	else if (!strcmp(name, "resourceFieldRef"))
		resource_ref_validate(source, false, at_field(at, name), causes);
	else if (strcmp(name, "fileKeyRef") != 0)
		validate_key_ref(source, at_field(at, name), causes);
	return 1;
}

static void validate_value_from(jv from, bool has_value, const struct at *at, struct causes *causes)
{
	static const char *const sources[] = { "fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef",
		"fileKeyRef" };
	scoped(jv) jv none = jv_string("");
	int count = 0;

	for (size_t i = 0; i < sizeof sources / sizeof *sources; i++)
		count += validate_source(from, sources[i], at, causes);
	if (count == 0)
		invalid(causes, at, none,
			"must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`");
	else if (has_value)
		invalid(causes, at, none, "may not be specified when `value` is not empty");
	else if (count > 1)
		invalid(causes, at, none, "may not have more than one field specified at a time");
}

void env_validate(jv list, const struct at *at, struct causes *causes)
{
	for (int i = 0; i < jvs_len(list); i++) {
		scoped(jv) jv env = jvs_item(list, i), value = jvs_at(env, "value"), from = jvs_at(env, "valueFrom");
		const struct at *item = at_item(at, i);

		check_name(env, "name", NAME_ENV, true, item, causes);
		if (jvs_is(from, JV_KIND_OBJECT))
			validate_value_from(from, *jvs_text(value), at_field(item, "valueFrom"), causes);
	}
}

void env_from_validate(jv list, const struct at *at, struct causes *causes)
{
	scoped(jv) jv none = jv_string("");

	for (int i = 0; i < jvs_len(list); i++) {
		scoped(jv) jv from = jvs_item(list, i), map = jvs_at(from, "configMapRef"),
			      secret = jvs_at(from, "secretRef");
		bool has_map = jvs_is(map, JV_KIND_OBJECT), has_secret = jvs_is(secret, JV_KIND_OBJECT);

		check_name(from, "prefix", NAME_ENV, false, at_item(at, i), causes);
		if (has_map)
			check_needed(map, "name", at_field(at_item(at, i), "configMapRef"), causes);
		if (has_secret)
			check_needed(secret, "name", at_field(at_item(at, i), "secretRef"), causes);
		if (!has_map && !has_secret)
			invalid(causes, at_item(at, i), none, "must specify one of: `configMapRef` or `secretRef`");
		else if (has_map && has_secret)
			invalid(causes, at_item(at, i), none, "may not have more than one field specified at a time");
	}
}
