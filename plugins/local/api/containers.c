/* The containers of a pod spec. */
#include <ctype.h>
#include <string.h>

#include "api/checks.h"
#include "api/podspec.h"
#include "base/mem.h"
#include "base/strs.h"
#include "formats/jvs.h"

static const char *const protocols[] = { "SCTP", "TCP", "UDP", NULL };

static void validate_port_name(jv port, struct strs *names, const struct at *at, struct causes *causes)
{
	scoped(strs) struct strs faults = { 0 };
	scoped(jv) jv name = jvs_at(port, "name");

	if (!*jvs_text(name))
		return;
	names_check(NAME_PORT, jvs_text(name), &faults);
	if (faults.len)
		invalid_name(causes, at_field(at, "name"), NAME_PORT, jvs_text(name));
	else if (strs_has(names, jvs_text(name)))
		duplicate(causes, at_field(at, "name"), name);
	else
		strs_add(names, jvs_text(name));
}

static void validate_ports(jv ports, const struct at *at, struct causes *causes)
{
	scoped(strs) struct strs names = { 0 };

	for (int i = 0; i < jvs_len(ports); i++) {
		scoped(jv) jv port = jvs_item(ports, i);

		validate_port_name(port, &names, at_item(at, i), causes);
		if (jvs_get_int(port, "containerPort", 0) == 0)
			required(causes, at_field(at_item(at, i), "containerPort"), NULL);
		else
			check_between(port, "containerPort", 1, 65535, at_item(at, i), causes);
		check_between(port, "hostPort", 1, 65535, at_item(at, i), causes);
		check_choice(port, "protocol", protocols, true, at_item(at, i), causes);
	}
}

/* A port of the host is given once, over all containers. */
static void validate_host_ports(jv containers, const struct at *at, struct causes *causes)
{
	scoped(strs) struct strs taken = { 0 };

	for (int i = 0; i < jvs_len(containers); i++) {
		scoped(jv) jv container = jvs_item(containers, i), ports = jvs_at(container, "ports");

		for (int k = 0; k < jvs_len(ports); k++) {
			scoped(jv) jv port = jvs_item(ports, k), protocol = jvs_at(port, "protocol"),
				      ip = jvs_at(port, "hostIP");
			long number = jvs_get_int(port, "hostPort", 0);
			scoped_free char *key = mem_printf("%s/%s/%ld", jvs_text(protocol), jvs_text(ip), number);
			scoped(jv) jv shown = jv_string(key);

			if (!number)
				continue;
			if (strs_has(&taken, key))
				duplicate(causes, at_field(at_item(at_field(at_item(at, i), "ports"), k), "hostPort"),
					shown);
			else
				strs_add(&taken, key);
		}
	}
}

/* A relative path that does not climb. */
static void validate_sub_path(jv mount, const char *field, const struct at *at, struct causes *causes)
{
	scoped(jv) jv path = jvs_at(mount, field);
	scoped(strs) struct strs parts = { 0 };

	if (*jvs_text(path) == '/')
		invalid(causes, at_field(at, field), path, "must be a relative path");
	strs_split(&parts, jvs_text(path), '/');
	if (strs_has(&parts, ".."))
		invalid(causes, at_field(at, field), path, "must not contain '..'");
}

static bool has_volume(jv volumes, const char *name)
{
	for (int i = 0; i < jvs_len(volumes); i++) {
		scoped(jv) jv volume = jvs_item(volumes, i);

		if (jvs_get_is(volume, "name", name))
			return true;
	}
	return false;
}

static void validate_mounts(jv mounts, jv volumes, const struct at *at, struct causes *causes)
{
	static const char *const propagations[] = { "Bidirectional", "HostToContainer", "None", NULL };
	scoped(strs) struct strs paths = { 0 };

	for (int i = 0; i < jvs_len(mounts); i++) {
		scoped(jv) jv mount = jvs_item(mounts, i), name = jvs_at(mount, "name"),
			      path = jvs_at(mount, "mountPath"), sub = jvs_at(mount, "subPath"),
			      expression = jvs_at(mount, "subPathExpr");
		const struct at *item = at_item(at, i);

		check_needed(mount, "name", item, causes);
		if (!has_volume(volumes, jvs_text(name)))
			not_found(causes, at_field(item, "name"), name);
		check_needed(mount, "mountPath", item, causes);
		if (strs_has(&paths, jvs_text(path)))
			invalid(causes, at_field(item, "mountPath"), path, "must be unique");
		strs_add(&paths, jvs_text(path));
		validate_sub_path(mount, "subPath", at, causes);
		if (*jvs_text(sub) && *jvs_text(expression))
			invalid(causes, at_field(item, "subPathExpr"), expression,
				"subPathExpr and subPath are mutually exclusive");
		validate_sub_path(mount, "subPathExpr", at, causes);
		check_choice(mount, "mountPropagation", propagations, false, item, causes);
	}
}

static void validate_image(jv container, const struct at *at, struct causes *causes)
{
	scoped(jv) jv image = jvs_at(container, "image");
	const char *text = jvs_text(image);

	check_needed(container, "image", at, causes);
	if (*text && (isspace((unsigned char)*text) || isspace((unsigned char)text[strlen(text) - 1])))
		invalid(causes, at_field(at, "image"), image, "must not have leading or trailing whitespace");
}

static void validate_container(jv container, jv volumes, const struct at *at, struct causes *causes)
{
	static const char *const policies[] = { "Always", "IfNotPresent", "Never", NULL };
	static const char *const messages[] = { "FallbackToLogsOnError", "File", NULL };
	scoped(jv) jv ports = jvs_at(container, "ports"), env = jvs_at(container, "env"),
		      from = jvs_at(container, "envFrom"), mounts = jvs_at(container, "volumeMounts"),
		      resources = jvs_at(container, "resources"), context = jvs_at(container, "securityContext");

	check_name(container, "name", NAME_LABEL, true, at, causes);
	validate_image(container, at, causes);
	check_choice(container, "terminationMessagePolicy", messages, true, at, causes);
	validate_ports(ports, at_field(at, "ports"), causes);
	env_validate(env, at_field(at, "env"), causes);
	env_from_validate(from, at_field(at, "envFrom"), causes);
	validate_mounts(mounts, volumes, at_field(at, "volumeMounts"), causes);
	check_choice(container, "imagePullPolicy", policies, true, at, causes);
	resources_validate(resources, at_field(at, "resources"), causes);
	check_between(context, "runAsUser", 0, INT32_MAX, at_field(at, "securityContext"), causes);
	check_between(context, "runAsGroup", 0, INT32_MAX, at_field(at, "securityContext"), causes);
}

/* Lifecycle hooks and probes are for containers that stay: regular ones, and init containers that restart. */
static void validate_staying(jv container, bool stays, const struct at *at, struct causes *causes)
{
	static const char *const fields[] = { "lifecycle", "livenessProbe", "readinessProbe", "startupProbe" };
	scoped(jv) jv lifecycle = jvs_at(container, "lifecycle");

	if (stays) {
		lifecycle_validate(lifecycle, at_field(at, "lifecycle"), causes);
		container_probes_validate(container, at, causes);
		return;
	}
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
		scoped(jv) jv field = jvs_at(container, fields[i]);

		if (!jvs_is(field, JV_KIND_NULL))
			forbidden(causes, at_field(at, fields[i]),
				"may not be set for init containers without restartPolicy=Always");
	}
}

static void validate_list(
	jv list, jv volumes, bool init, struct strs *names, const struct at *at, struct causes *causes)
{
	for (int i = 0; i < jvs_len(list); i++) {
		scoped(jv) jv container = jvs_item(list, i), name = jvs_at(container, "name");
		const struct at *item = at_item(at, i);

		validate_container(container, volumes, item, causes);
		if (strs_has(names, jvs_text(name)))
			duplicate(causes, at_field(item, "name"), name);
		else if (*jvs_text(name))
			strs_add(names, jvs_text(name));
		validate_staying(container, !init || jvs_get_is(container, "restartPolicy", "Always"), item, causes);
	}
}

void containers_validate(jv spec, const struct at *at, struct causes *causes)
{
	scoped(jv) jv containers = jvs_at(spec, "containers"), init = jvs_at(spec, "initContainers"),
		      ephemeral = jvs_at(spec, "ephemeralContainers"), volumes = jvs_at(spec, "volumes");
	scoped(strs) struct strs names = { 0 };

	if (jvs_len(containers) == 0)
		required(causes, at_field(at, "containers"), NULL);
	validate_list(containers, volumes, false, &names, at_field(at, "containers"), causes);
	validate_host_ports(containers, at_field(at, "containers"), causes);
	validate_list(init, volumes, true, &names, at_field(at, "initContainers"), causes);
	validate_list(ephemeral, volumes, false, &names, at_field(at, "ephemeralContainers"), causes);
}
