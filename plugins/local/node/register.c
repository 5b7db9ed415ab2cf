#include "node/register.h"

#include <stdint.h>
#include <string.h>

#include "api/client.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "formats/jvs.h"
#include "node/agent.h"
#include "node/driver.h"
#include "node/machine.h"
#include "reach/loop.h"
#include "roles.h"

#define LEASE_NS "kube-node-lease"
#define LEASE_S 40              /* the kubelet's: renewed every 10 s, good for 40 */
#define RENEW_MS 10000
#define CHECK_MS 10000          /* status: looked at that often, written when it changed … */
#define HEARTBEAT_MS 300000     /* … or was not for so long */
#define RETRY_MS 500

struct registration {
	struct agent *agent;
	void (*registered)(void *arg);
	void *arg;
	bool is_registered;
	bool writing;                   /* the Node */
	bool again;                     /* something changed meanwhile */
	jv node;                        /* as the API has it; null: not known */
	int64_t heartbeat_ms;
	bool has_lease;
	struct timer status_timer, lease_timer;
};

static struct target node_target(const struct registration *registration, const char *subresource)
{
	return (struct target){ .version = "v1", .plural = "nodes", .name = registration->agent->options->name,
		.subresource = subresource };
}

static jv now_text(void)
{
	scoped_free char *text = clock_format_now();

	return jv_string(text);
}

/* Conditions. */

struct finding {
	const char *type, *status, *reason, *message;
};

static jv condition_before(jv node, const char *type)
{
	scoped(jv) jv list = jvs_get(node, "status.conditions");

	for (int i = 0; i < jvs_len(list); i++) {
		jv item = jvs_item(list, i);

		if (jvs_get_is(item, "type", type))
			return item;
		jv_free(item);
	}
	return jv_null();
}

static jv condition(jv node, const struct finding *found)
{
	scoped(jv) jv before = condition_before(node, found->type);
	bool same = jvs_get_is(before, "status", found->status);

	return jvs_object("type", jv_string(found->type), "status", jv_string(found->status), "lastHeartbeatTime",
		now_text(), "lastTransitionTime", same ? jvs_at(before, "lastTransitionTime") : now_text(), "reason",
		jv_string(found->reason), "message", jv_string(found->message), NULL);
}

/* The kubelet's four, then those of others. */
static jv conditions(const struct registration *registration)
{
	const struct runtime *runtime = registration->agent->runtime;
	bool memory = machine_lacks_memory(), disk = machine_lacks_disk(registration->agent->options->state_dir);
	const struct finding own[] = {
		{ "MemoryPressure", memory ? "True" : "False",
			memory ? "KubeletHasInsufficientMemory" : "KubeletHasSufficientMemory",
			memory ? "kubelet has insufficient memory available"
			       : "kubelet has sufficient memory available" },
		{ "DiskPressure", disk ? "True" : "False", disk ? "KubeletHasDiskPressure" : "KubeletHasNoDiskPressure",
			disk ? "kubelet has disk pressure" : "kubelet has no disk pressure" },
		{ "PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available" },
		{ "Ready", runtime->up ? "True" : "False", runtime->up ? "KubeletReady" : "KubeletNotReady",
			runtime->up	   ? "kubelet is posting ready status"
			: runtime->trouble ? runtime->trouble
					   : "container runtime is down" },
	};
	scoped(jv) jv before = jvs_get(registration->node, "status.conditions");
	jv list = jv_array();

	for (int i = 0; i < jvs_len(before); i++) {
		jv item = jvs_item(before, i);
		bool is_own = false;

		for (size_t j = 0; j < sizeof own / sizeof *own; j++)
			is_own = is_own || jvs_get_is(item, "type", own[j].type);
		if (is_own)
			jv_free(item);
		else
			list = jv_array_append(list, item);
	}
	for (size_t i = 0; i < sizeof own / sizeof *own; i++)
		list = jv_array_append(list, condition(registration->node, &own[i]));
	return list;
}

static jv status(const struct registration *registration)
{
	struct agent *agent = registration->agent;
	const char *dir = agent->options->state_dir;
	struct runtime *runtime = agent->runtime;
	jv addresses = jv_array();

	addresses = jv_array_append(addresses,
		jvs_object("type", jv_string("InternalIP"), "address", jv_string(agent->host_ip), NULL));
	addresses = jv_array_append(addresses,
		jvs_object("type", jv_string("Hostname"), "address", jv_string(agent->options->name), NULL));
	return jvs_object("capacity", machine_capacity(dir, runtime->max_pods), "allocatable",
		machine_allocatable(dir, runtime->max_pods), "conditions", conditions(registration), "addresses",
		addresses, "nodeInfo", machine_info(runtime->version ? runtime->version : ""), "images",
		runtime->driver->images(runtime), NULL);
}

static jv labels(const struct registration *registration)
{
	const char *arch = machine_arch();

	return jvs_object("beta.kubernetes.io/arch", jv_string(arch), "beta.kubernetes.io/os", jv_string("linux"),
		"kubernetes.io/arch", jv_string(arch), "kubernetes.io/hostname",
		jv_string(registration->agent->options->name), "kubernetes.io/os", jv_string("linux"), NULL);
}

/* The same but for the times of heartbeats. */
static bool is_told(jv told, jv now)
{
	scoped(jv) jv a = jvs_at(told, "conditions"), b = jvs_at(now, "conditions"), patch = jv_null();
	scoped(jv) jv rest_told = jv_copy(told), rest_now = jv_copy(now);

	if (!jvs_is(told, JV_KIND_OBJECT) || jvs_len(a) != jvs_len(b))
		return false;
	for (int i = 0; i < jvs_len(a); i++) {
		jv one = jvs_item(a, i), other = jvs_item(b, i);
		bool same;

		jvs_remove(&one, "lastHeartbeatTime");
		jvs_remove(&other, "lastHeartbeatTime");
		same = jvs_equal(one, other);
		jv_free(one);
		jv_free(other);
		if (!same)
			return false;
	}
	jvs_remove(&rest_told, "conditions");
	jvs_remove(&rest_now, "conditions");
	patch = jvs_diff(rest_told, rest_now);

	/* What is only there has others as its authors. */
	jv_object_foreach(patch, key, value) {
		bool ours = !jvs_is(value, JV_KIND_NULL);

		jv_free(key);
		jv_free(value);
		if (ours)
			return false;
	}
	return true;
}

/* Writing. */

static void check(void *arg);

static void look_again(struct registration *registration, int64_t in_ms)
{
	timer_set(registration->agent->loop, &registration->status_timer, registration->again ? 0 : in_ms);
	registration->again = false;
}

static void keep(struct registration *registration, jv node)
{
	jv_free(registration->node);
	registration->node = jv_copy(node);
}

/* The API has a Node of our name, as it was when we came or as we made it. */
static void learned(void *arg, jv node, struct err *err)
{
	struct registration *registration = arg;

	registration->writing = false;
	if (err && err->class != ERR_NONE) {
		look_again(registration, RETRY_MS);
		return;
	}
	keep(registration, node);
	registration->again = true;
	look_again(registration, 0);
}

static void make(struct registration *registration)
{
	struct call call = { .method = "POST", .target = node_target(registration, NULL) };

	call.target.name = NULL;
	call.body = jvs_object("apiVersion", jv_string("v1"), "kind", jv_string("Node"), "metadata",
		jvs_object("name", jv_string(registration->agent->options->name), "labels", labels(registration),
			"annotations",
			jvs_object("volumes.kubernetes.io/controller-managed-attach-detach", jv_string("true"), NULL),
			NULL),
		"status", status(registration), NULL);
	registration->writing = true;
	client_start(registration->agent->client, &call, learned, registration);
}

static void looked(void *arg, jv node, struct err *err)
{
	struct registration *registration = arg;

	if (!err || err->class != ERR_NOT_FOUND) {
		learned(arg, node, err);
		return;
	}
	registration->writing = false;
	make(registration);
}

static void look(struct registration *registration)
{
	struct call call = { .method = "GET", .target = node_target(registration, NULL) };

	registration->writing = true;
	client_start(registration->agent->client, &call, looked, registration);
}

static void written(void *arg, jv node, struct err *err)
{
	struct registration *registration = arg;

	registration->writing = false;
	if (err && err->class != ERR_NONE) {
		if (err->class == ERR_NOT_FOUND)
			keep(registration, jv_null());
		look_again(registration, RETRY_MS);
		return;
	}
	keep(registration, node);
	registration->heartbeat_ms = clock_ms();
	if (!registration->is_registered) {
		registration->is_registered = true;
		timer_set(registration->agent->loop, &registration->lease_timer, 0);
		registration->registered(registration->arg);
	}
	look_again(registration, CHECK_MS);
}

static void write_status(struct registration *registration, jv now)
{
	struct call call = { .method = "PATCH", .patch = "merge", .target = node_target(registration, "status") };

	call.body = jvs_object("status", jv_copy(now), NULL);
	registration->writing = true;
	client_start(registration->agent->client, &call, written, registration);
}

/* Labels that were taken off come back; those of others stay. */
static bool has_labels(const struct registration *registration)
{
	scoped(jv) jv wanted = labels(registration), there = jvs_get(registration->node, "metadata.labels");
	bool all = true;

	jv_object_foreach(wanted, key, value) {
		scoped(jv) jv found = jvs_at(there, jv_string_value(key));

		all = all && jvs_equal(found, value);
		jv_free(key);
		jv_free(value);
	}
	return all;
}

static void write_labels(struct registration *registration)
{
	struct call call = { .method = "PATCH", .patch = "merge", .target = node_target(registration, NULL) };

	call.body = jvs_object("metadata", jvs_object("labels", labels(registration), NULL), NULL);
	registration->writing = true;
	client_start(registration->agent->client, &call, learned, registration);
}

static void check(void *arg)
{
	struct registration *registration = arg;
	scoped(jv) jv now = jv_null(), told = jv_null();

	if (registration->writing) {
		registration->again = true;
		return;
	}
	if (!jvs_is(registration->node, JV_KIND_OBJECT)) {
		look(registration);
		return;
	}
	if (!has_labels(registration)) {
		write_labels(registration);
		return;
	}
	now = status(registration);
	told = jvs_at(registration->node, "status");
	if (registration->heartbeat_ms && clock_ms() - registration->heartbeat_ms < HEARTBEAT_MS && is_told(told, now))
		look_again(registration, CHECK_MS);
	else
		write_status(registration, now);
}

void registration_touch(struct registration *registration)
{
	registration->again = true;
	if (!registration->writing)
		look_again(registration, 0);
}

/* The lease. */

static void renew(void *arg);

static void renewed(void *arg, jv lease, struct err *err)
{
	struct registration *registration = arg;
	bool failed = err && err->class != ERR_NONE;

	(void)lease;
	registration->has_lease = !failed || (err->class != ERR_NOT_FOUND && registration->has_lease) ||
				  err->class == ERR_CONFLICT;
	timer_set(registration->agent->loop, &registration->lease_timer, failed ? RETRY_MS : RENEW_MS);
}

static jv lease_spec(const struct registration *registration)
{
	scoped_free char *now = clock_format_micro(clock_now_ns());

	return jvs_object("holderIdentity", jv_string(registration->agent->options->name), "leaseDurationSeconds",
		jv_number(LEASE_S), "renewTime", jv_string(now), NULL);
}

/* It goes with the Node. */
static jv owner(const struct registration *registration)
{
	return jv_array_append(jv_array(), jvs_object("apiVersion", jv_string("v1"), "kind", jv_string("Node"), "name",
						   jv_string(registration->agent->options->name), "uid",
						   jvs_get(registration->node, "metadata.uid"), NULL));
}

static void renew(void *arg)
{
	struct registration *registration = arg;
	const char *name = registration->agent->options->name;
	struct call call = { .method = "PATCH", .patch = "merge",
		.target = { .group = "coordination.k8s.io", .version = "v1", .plural = "leases", .ns = LEASE_NS,
			.name = name } };

	if (registration->has_lease) {
		call.body = jvs_object("spec", lease_spec(registration), NULL);
	} else {
		call.method = "POST";
		call.patch = NULL;
		call.target.name = NULL;
		call.body = jvs_object("apiVersion", jv_string("coordination.k8s.io/v1"), "kind", jv_string("Lease"),
			"metadata",
			jvs_object("name", jv_string(name), "namespace", jv_string(LEASE_NS), "ownerReferences",
				owner(registration), NULL),
			"spec", lease_spec(registration), NULL);
	}
	client_start(registration->agent->client, &call, renewed, registration);
}

struct registration *registration_new(struct agent *agent, void (*registered)(void *arg), void *arg)
{
	struct registration *registration = mem_alloc(sizeof *registration);

	registration->agent = agent;
	registration->registered = registered;
	registration->arg = arg;
	registration->node = jv_null();
	registration->status_timer = (struct timer){ .fire = check, .arg = registration };
	registration->lease_timer = (struct timer){ .fire = renew, .arg = registration };
	timer_set(agent->loop, &registration->status_timer, 0);
	return registration;
}

void registration_free(struct registration *registration)
{
	if (!registration)
		return;
	timer_clear(registration->agent->loop, &registration->status_timer);
	timer_clear(registration->agent->loop, &registration->lease_timer);
	jv_free(registration->node);
	free(registration);
}
