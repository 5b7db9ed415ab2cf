/* What is sent to an engine to create a sandbox or a container. */
#include "node/engine.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "formats/jvs.h"
#include "formats/quantity.h"
#include "node/podfiles.h"
#include "roles.h"

#define CPU_PERIOD_US 100000    /* the kubelet's */
#define CPU_SHARES_LEAST 2
#define OOM_BEST_EFFORT 1000

char *engine_box_name(jv pod, const char *container, unsigned attempt)
{
	scoped_free char *name = jvs_get_text(pod, "metadata.name"), *ns = jvs_get_text(pod, "metadata.namespace");
	scoped_free char *uid = jvs_get_text(pod, "metadata.uid");

	return mem_printf("k8s_%s_%s_%s_%s_%u", container ? container : SANDBOX_NAME, name ? name : "", ns ? ns : "",
		uid ? uid : "", attempt);
}

static void put_number_text(jv *object, const char *key, unsigned number)
{
	scoped_free char *text = mem_printf("%u", number);

	jvs_put(object, key, jv_string(text));
}

static jv labels(const struct engine *engine, jv pod, const char *container, unsigned attempt)
{
	const struct node_options *options = engine->setup.options;
	jv labels = jvs_object(LABEL_CLUSTER, jv_string(options->cluster), LABEL_NODE, jv_string(options->name),
		LABEL_POD, jvs_get(pod, "metadata.name"), LABEL_NS, jvs_get(pod, "metadata.namespace"), LABEL_UID,
		jvs_get(pod, "metadata.uid"), LABEL_CONTAINER, jv_string(container ? container : SANDBOX_NAME),
		"io.kubernetes.docker.type", jv_string(container ? "container" : "podsandbox"), NULL);

	put_number_text(&labels, LABEL_ATTEMPT, attempt);
	return labels;
}

static jv strings(const struct strs *strs)
{
	jv list = jv_array();

	for (size_t i = 0; i < strs->len; i++)
		list = jv_array_append(list, jv_string(strs->at[i]));
	return list;
}

/* The container's own field where it has one, else the pod's. Owned. */
static jv security(jv pod, jv container, const char *field)
{
	scoped(jv) jv own = jvs_at(container, "securityContext"), common = jvs_get(pod, "spec.securityContext");
	jv value = jvs_at(own, field);

	if (!jvs_is(value, JV_KIND_NULL))
		return value;
	return jvs_at(common, field);
}

/* The sandbox. */

static void put_ports(jv *body, jv *host, jv pod)
{
	scoped(jv) jv containers = jvs_get(pod, "spec.containers");

	for (int i = 0; i < jvs_len(containers); i++) {
		scoped(jv) jv container = jvs_item(containers, i), ports = jvs_at(container, "ports");

		for (int j = 0; j < jvs_len(ports); j++) {
			scoped(jv) jv port = jvs_item(ports, j), ip = jvs_at(port, "hostIP");
			scoped_free char *protocol = jvs_get_text(port, "protocol"), *key = NULL, *number = NULL;
			int64_t host_port = jvs_get_int(port, "hostPort", 0);
			scoped(jv) jv exposed = jvs_at(*body, "ExposedPorts"), bound = jvs_at(*host, "PortBindings");

			if (!host_port)
				continue;
			key = mem_printf("%d/%s", (int)jvs_get_int(port, "containerPort", 0),
				protocol && strcmp(protocol, "UDP") == 0    ? "udp" :
				protocol && strcmp(protocol, "SCTP") == 0 ? "sctp" :
									    "tcp");
			number = mem_printf("%d", (int)host_port);
			jvs_put(&exposed, key, jv_object());
			jvs_put(&bound, key,
				jv_array_append(jv_array(), jvs_object("HostIp", jv_string(jvs_text(ip)), "HostPort",
								    jv_string(number), NULL)));
			jvs_put(body, "ExposedPorts", jv_copy(exposed));
			jvs_put(host, "PortBindings", jv_copy(bound));
		}
	}
}

static jv sysctls(jv pod)
{
	scoped(jv) jv list = jvs_get(pod, "spec.securityContext.sysctls");
	jv map = jv_object();

	for (int i = 0; i < jvs_len(list); i++) {
		scoped(jv) jv item = jvs_item(list, i), name = jvs_at(item, "name");

		jvs_put(&map, jvs_text(name), jvs_at(item, "value"));
	}
	return map;
}

jv engine_sandbox_body(const struct engine *engine, const struct sandbox_spec *spec)
{
	bool host_network = jvs_get_bool(spec->pod, "spec.hostNetwork", false);
	jv host = jvs_object("NetworkMode", jv_string(host_network ? "host" : engine->network), "IpcMode",
		jv_string(jvs_get_bool(spec->pod, "spec.hostIPC", false) ? "host" : "shareable"), NULL);
	jv body = jvs_object("Image", jv_string(engine_pause_image), "Entrypoint",
		jv_array_append(jv_array(), jv_string("/pause")), "StopSignal", jv_string("SIGKILL"), "Labels",
		labels(engine, spec->pod, NULL, spec->attempt), NULL);

	if (!host_network) {
		jvs_put(&body, "Hostname", jv_string(spec->hostname));
		put_ports(&body, &host, spec->pod);
		jvs_put(&host, "Sysctls", sysctls(spec->pod));
	}
	if (jvs_get_bool(spec->pod, "spec.hostPID", false))
		jvs_put(&host, "PidMode", jv_string("host"));
	jvs_put(&body, "HostConfig", host);
	return body;
}

/* Containers. */

static jv joined(const char *sandbox)
{
	scoped_free char *mode = mem_printf("container:%s", sandbox);

	return jv_string(mode);
}

static void put_namespaces(const struct engine *engine, const struct container_spec *spec, jv *host)
{
	jvs_put(host, "NetworkMode", joined(spec->sandbox->id));
	jvs_put(host, "IpcMode", joined(spec->sandbox->id));
	/* Docker shares the host name with the network, and has no word for it. */
	if (engine->at.is_podman && !jvs_get_bool(spec->pod, "spec.hostNetwork", false))
		jvs_put(host, "UTSMode", joined(spec->sandbox->id));
	if (jvs_get_bool(spec->pod, "spec.hostPID", false))
		jvs_put(host, "PidMode", jv_string("host"));
	else if (jvs_get_bool(spec->pod, "spec.shareProcessNamespace", false))
		jvs_put(host, "PidMode", joined(spec->sandbox->id));
}

static void put_mounts(const struct container_spec *spec, jv *host)
{
	jv mounts = jv_array();

	for (size_t i = 0; i < spec->mount_count; i++) {
		const struct mount *mount = &spec->mounts[i];
		jv entry = jvs_object("Type", jv_string("bind"), "Source", jv_string(mount->from), "Target",
			jv_string(mount->to), "ReadOnly", jv_bool(mount->read_only), NULL);

		if (mount->propagation)
			jvs_put(&entry, "BindOptions", jvs_object("Propagation", jv_string(mount->propagation), NULL));
		mounts = jv_array_append(mounts, entry);
	}
	jvs_put(host, "Mounts", mounts);
}

static void put_user(const struct container_spec *spec, jv *body, jv *host)
{
	scoped(jv) jv user = security(spec->pod, spec->container, "runAsUser");
	scoped(jv) jv group = security(spec->pod, spec->container, "runAsGroup");
	scoped(jv) jv more = jvs_get(spec->pod, "spec.securityContext.supplementalGroups");
	scoped_free char *text = NULL;
	jv groups = jv_array();

	if (jvs_is(user, JV_KIND_NUMBER) && jvs_is(group, JV_KIND_NUMBER))
		text = mem_printf("%.0f:%.0f", jv_number_value(user), jv_number_value(group));
	else if (jvs_is(user, JV_KIND_NUMBER))
		text = mem_printf("%.0f", jv_number_value(user));
	else if (jvs_is(group, JV_KIND_NUMBER))
		text = mem_printf("0:%.0f", jv_number_value(group));
	if (text)
		jvs_put(body, "User", jv_string(text));
	for (int i = 0; i < jvs_len(more); i++) {
		scoped(jv) jv number = jvs_item(more, i);
		scoped_free char *name = mem_printf("%.0f", jv_number_value(number));

		groups = jv_array_append(groups, jv_string(name));
	}
	jvs_put(host, "GroupAdd", groups);
}

static void put_security(const struct container_spec *spec, jv *host)
{
	scoped(jv) jv profile = security(spec->pod, spec->container, "seccompProfile");
	scoped(jv) jv escalation = jvs_get(spec->container, "securityContext.allowPrivilegeEscalation");
	scoped(jv) jv add = jvs_get(spec->container, "securityContext.capabilities.add");
	scoped(jv) jv drop = jvs_get(spec->container, "securityContext.capabilities.drop");
	jv options = jv_array();

	if (jvs_get_is(profile, "type", "Unconfined"))
		options = jv_array_append(options, jv_string("seccomp=unconfined"));
	if (jvs_is(escalation, JV_KIND_FALSE))
		options = jv_array_append(options, jv_string("no-new-privileges"));
	jvs_put(host, "SecurityOpt", options);
	if (jvs_len(add))
		jvs_put(host, "CapAdd", jv_copy(add));
	if (jvs_len(drop))
		jvs_put(host, "CapDrop", jv_copy(drop));
	jvs_put(host, "Privileged", jv_bool(jvs_get_bool(spec->container, "securityContext.privileged", false)));
	jvs_put(host, "ReadonlyRootfs",
		jv_bool(jvs_get_bool(spec->container, "securityContext.readOnlyRootFilesystem", false)));
}

/* False: it is not asked for. */
static bool amount(jv container, const char *path, struct quantity *quantity)
{
	scoped(jv) jv value = jvs_get(container, path);
	const char *text = jvs_text(value);

	return *text && !quantity_parse(slice_of(text), quantity);
}

static void put_resources(const struct engine *engine, const struct container_spec *spec, jv *host)
{
	struct quantity quantity;
	int64_t milli = 0;

	if (engine->has_memory && amount(spec->container, "resources.limits.memory", &quantity))
		jvs_put(host, "Memory", jv_number((double)quantity_value(&quantity)));
	if (engine->has_quota && amount(spec->container, "resources.limits.cpu", &quantity)) {
		jvs_put(host, "CpuPeriod", jv_number(CPU_PERIOD_US));
		jvs_put(host, "CpuQuota", jv_number((double)quantity_milli(&quantity) * CPU_PERIOD_US / 1000));
		milli = quantity_milli(&quantity);
	}
	if (amount(spec->container, "resources.requests.cpu", &quantity))
		milli = quantity_milli(&quantity);
	if (engine->has_shares)
		jvs_put(host, "CpuShares",
			jv_number(milli * 1024 / 1000 > CPU_SHARES_LEAST ? (double)(milli * 1024 / 1000)
									 : CPU_SHARES_LEAST));
	/* Below 0 needs a capability that not every machine leaves us. */
	if (jvs_get_is(spec->pod, "status.qosClass", "BestEffort"))
		jvs_put(host, "OomScoreAdj", jv_number(OOM_BEST_EFFORT));
}

jv engine_container_body(const struct engine *engine, const struct container_spec *spec)
{
	scoped(jv) jv name = jvs_at(spec->container, "name"), dir = jvs_at(spec->container, "workingDir");
	jv host =
		jvs_object("LogConfig", jvs_object("Type", jv_string("json-file"), "Config", jv_object(), NULL), NULL);
	jv marks = labels(engine, spec->pod, jvs_text(name), spec->attempt);
	jv body = jvs_object("Image", jv_string(spec->image), "Env", strings(&spec->env), NULL);

	jvs_put(&marks, LABEL_SANDBOX, jv_string(spec->sandbox->id));
	jvs_put(&marks, LABEL_HASH, jv_string(spec->hash));
	jvs_put(&body, "Labels", marks);
	if (spec->has_command)
		jvs_put(&body, "Entrypoint", strings(&spec->command));
	if (spec->args.len)
		jvs_put(&body, "Cmd", strings(&spec->args));
	if (*jvs_text(dir))
		jvs_put(&body, "WorkingDir", jv_copy(dir));
	jvs_put(&body, "Tty", jv_bool(jvs_get_bool(spec->container, "tty", false)));
	jvs_put(&body, "OpenStdin", jv_bool(jvs_get_bool(spec->container, "stdin", false)));
	jvs_put(&body, "StdinOnce", jv_bool(jvs_get_bool(spec->container, "stdinOnce", false)));
	put_namespaces(engine, spec, &host);
	put_mounts(spec, &host);
	put_user(spec, &body, &host);
	put_security(spec, &host);
	put_resources(engine, spec, &host);
	jvs_put(&body, "HostConfig", host);
	return body;
}
