#include "node/spec.h"

#include <string.h>

#include "base/mem.h"
#include "formats/jvs.h"
#include "node/env.h"
#include "node/podfiles.h"

#define MESSAGE_PATH "/dev/termination-log"

void container_spec_release(struct container_spec *spec)
{
	strs_release(&spec->command);
	strs_release(&spec->args);
	strs_release(&spec->env);
	for (size_t i = 0; i < spec->mount_count; i++) {
		free(spec->mounts[i].from);
		free(spec->mounts[i].to);
	}
	free(spec->mounts);
	spec->mounts = NULL;
	spec->mount_count = 0;
}

char *spec_hash(jv container)
{
	scoped_free char *name = jvs_get_text(container, "name"), *image = jvs_get_text(container, "image");
	scoped_free char *both = mem_printf("%s\n%s", name ? name : "", image ? image : "");

	return mem_printf("%08x", map_hash(both));
}

bool spec_needs_ip(jv container)
{
	scoped(jv) jv env = jvs_at(container, "env");

	for (int i = 0; i < jvs_len(env); i++) {
		scoped(jv) jv entry = jvs_item(env, i);
		scoped_free char *path = jvs_get_text(entry, "valueFrom.fieldRef.fieldPath");

		if (path && strncmp(path, "status.podIP", strlen("status.podIP")) == 0)
			return true;
	}
	return false;
}

/* "metadata.labels['KEY']": the value of KEY under what stands before the bracket; NULL: it is no such path. */
static char *field_by_key(jv pod, const char *path)
{
	const char *open = strstr(path, "['"), *close = open ? strstr(open, "']") : NULL;
	scoped_free char *map_path = close ? mem_dup_n(path, (size_t)(open - path)) : NULL;
	scoped_free char *key = close ? mem_dup_n(open + 2, (size_t)(close - open - 2)) : NULL;
	scoped(jv) jv map = close ? jvs_get(pod, map_path) : jv_null();
	scoped(jv) jv value = close ? jvs_at(map, key) : jv_null();

	return close ? mem_dup(jvs_text(value)) : NULL;
}

/* A field of the pod as text. Source: k8s.io/kubernetes/pkg/kubelet/kubelet_pods.go, podFieldSelectorRuntimeValue. */
static char *field(const struct spec_place *place, jv pod, const char *path, struct err *err)
{
	static const char *const plain[] = { "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName",
		"spec.serviceAccountName" };
	char *value = field_by_key(pod, path);

	if (value)
		return value;
	if (strcmp(path, "status.hostIP") == 0 || strcmp(path, "status.hostIPs") == 0)
		return mem_dup(place->host_ip ? place->host_ip : "");
	if (strcmp(path, "status.podIP") == 0 || strcmp(path, "status.podIPs") == 0)
		return mem_dup(place->pod_ip ? place->pod_ip : place->host_ip ? place->host_ip : "");
	for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
		if (strcmp(plain[i], path) == 0)
			return jvs_get_text(pod, path) ?: mem_dup("");
	err_set(err, ERR_FAILED, NULL, "unsupported fieldPath: %s", path);
	return NULL;
}

static int add_env(const struct spec_place *place, struct container_spec *spec, jv entry, struct err *err)
{
	scoped_free char *name = jvs_get_text(entry, "name"), *text = jvs_get_text(entry, "value");
	scoped_free char *path = jvs_get_text(entry, "valueFrom.fieldRef.fieldPath");
	scoped_free char *value = NULL;

	if (path)
		value = field(place, spec->pod, path, err);
	else
		value = env_expand(text ? text : "", &spec->env);
	if (!value)
		return -1;
	env_set(&spec->env, name ? name : "", value);
	return 0;
}

static int make_env(const struct spec_place *place, struct container_spec *spec, struct err *err)
{
	scoped(jv) jv env = jvs_at(spec->container, "env");
	scoped_free char *hostname = podfiles_hostname(spec->pod);

	if (!jvs_get_bool(spec->pod, "spec.hostNetwork", false))
		env_set(&spec->env, "HOSTNAME", hostname ? hostname : "");
	for (int i = 0; i < jvs_len(env); i++) {
		scoped(jv) jv entry = jvs_item(env, i);

		if (add_env(place, spec, entry, err) < 0)
			return -1;
	}
	return 0;
}

static void expand_list(struct strs *into, jv list, const struct strs *env)
{
	for (int i = 0; i < jvs_len(list); i++) {
		scoped(jv) jv item = jvs_item(list, i);

		strs_take(into, env_expand(jvs_text(item), env));
	}
}

/* Takes from. */
static struct mount *add_mount(struct container_spec *spec, char *from, const char *to)
{
	struct mount *mount;

	spec->mounts = mem_grow(spec->mounts, spec->mount_count + 1, sizeof *spec->mounts);
	mount = &spec->mounts[spec->mount_count++];
	*mount = (struct mount){ .from = from, .to = mem_dup(to) };
	return mount;
}

static int add_volume_mount(const struct spec_place *place, struct container_spec *spec, jv entry, struct err *err)
{
	scoped_free char *name = jvs_get_text(entry, "name"), *path = jvs_get_text(entry, "mountPath");
	scoped_free char *from = podfiles_volume(place->state_dir, spec->pod, name ? name : "");
	struct mount *mount;

	if (!from)
		return err_set(err, ERR_FAILED, NULL, "volume \"%s\" to be mounted is not there", name ? name : "");
	mount = add_mount(spec, steal(from), path ? path : "");
	mount->read_only = jvs_get_bool(entry, "readOnly", false);
	if (jvs_get_is(entry, "mountPropagation", "HostToContainer"))
		mount->propagation = "rslave";
	else if (jvs_get_is(entry, "mountPropagation", "Bidirectional"))
		mount->propagation = "rshared";
	return 0;
}

static bool mounts_at(const struct container_spec *spec, const char *path)
{
	for (size_t i = 0; i < spec->mount_count; i++)
		if (strcmp(spec->mounts[i].to, path) == 0)
			return true;
	return false;
}

/* The hosts file and the termination message's, unless a volume lies there. */
static int add_own_mounts(const struct spec_place *place, struct container_spec *spec, struct err *err)
{
	scoped_free char *uid = jvs_get_text(spec->pod, "metadata.uid"), *name = jvs_get_text(spec->container, "name");
	scoped_free char *message_path =
		jvs_get_text(spec->container, "terminationMessagePath") ?: mem_dup(MESSAGE_PATH);

	if (!jvs_get_bool(spec->pod, "spec.hostNetwork", false) && !mounts_at(spec, "/etc/hosts")) {
		char *hosts = podfiles_hosts(place->state_dir, spec->pod, place->pod_ip, err);

		if (!hosts)
			return -1;
		add_mount(spec, hosts, "/etc/hosts");
	}
	if (!mounts_at(spec, message_path)) {
		char *message =
			podfiles_message(place->state_dir, uid ? uid : "", name ? name : "", spec->attempt, err);

		if (!message)
			return -1;
		add_mount(spec, message, message_path);
	}
	return 0;
}

static int make_mounts(const struct spec_place *place, struct container_spec *spec, struct err *err)
{
	scoped(jv) jv mounts = jvs_at(spec->container, "volumeMounts");

	for (int i = 0; i < jvs_len(mounts); i++) {
		scoped(jv) jv entry = jvs_item(mounts, i);

		if (add_volume_mount(place, spec, entry, err) < 0)
			return -1;
	}
	return add_own_mounts(place, spec, err);
}

int spec_make(const struct spec_place *place, struct container_spec *spec, struct err *err)
{
	scoped(jv) jv command = jvs_at(spec->container, "command"), args = jvs_at(spec->container, "args");

	if (make_env(place, spec, err) < 0)
		return -1;
	spec->has_command = jvs_len(command) > 0;
	expand_list(&spec->command, command, &spec->env);
	expand_list(&spec->args, args, &spec->env);
	return make_mounts(place, spec, err);
}
