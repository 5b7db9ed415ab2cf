/* The agent of one node: registers it, and brings the pods that are bound to it into being. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "api/client.h"
#include "api/queue.h"
#include "api/recorder.h"
#include "api/reflector.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/files.h"
#include "base/mem.h"
#include "formats/jvs.h"
#include "node/agent.h"
#include "node/driver.h"
#include "node/machine.h"
#include "node/pod.h"
#include "node/register.h"
#include "reach/endpoint.h"
#include "reach/http.h"
#include "reach/loop.h"
#include "roles.h"

#define WRITES_AT_ONCE 64       /* to the API: enough to share its turns, not a connection for each of 5,000 pods */
#define EVENTS_AT_ONCE 16

struct node {
	struct agent agent;
	struct registration *registration;
	char *selector;                 /* of its pods */
	struct client *teller;          /* for events alone: statuses do not wait behind them */
	struct timer turned;            /* the runtime came or went */
	bool was_up;
	bool registered, settled, said_ready;
};

/* Pods. */

static struct pod *pod_of(struct agent *agent, const char *uid, jv object)
{
	struct pod *pod = map_get(&agent->pods, uid);

	if (pod)
		return pod;
	pod = pod_new(agent, uid, object);
	map_set(&agent->pods, uid, pod);
	if (jvs_is(object, JV_KIND_OBJECT) && !world_pod(&agent->world, uid))
		agent->runtime->driver->recall(agent->runtime, object);
	return pod;
}

static void work(void *arg, const char *uid)
{
	struct agent *agent = arg;
	struct pod *pod = map_get(&agent->pods, uid);

	if (pod && pod_sync(pod)) {
		map_remove(&agent->pods, uid);
		pod_free(pod);
	}
	queue_done(agent->queue, uid);
}

/* One name may have another pod by now: what has its uid is another one. */
static void pod_changed(void *arg, const char *key, jv before, jv after)
{
	struct agent *agent = arg;
	scoped_free char *old_uid = jvs_get_text(before, "metadata.uid"), *uid = jvs_get_text(after, "metadata.uid");
	struct pod *old = old_uid ? map_get(&agent->pods, old_uid) : NULL;

	(void)key;
	if (old && (!uid || strcmp(uid, old_uid) != 0))
		pod_set_object(old, jv_null());
	if (uid)
		pod_set_object(pod_of(agent, uid, after), after);
}

/* Something of a pod that the API does not have is there: only once all of its pods are known. */
static void box_changed(void *arg, const char *uid)
{
	struct agent *agent = arg;
	struct pod *pod = map_get(&agent->pods, uid);

	if (pod || (agent->reflector && reflector_synced(agent->reflector)))
		pod_wake(pod ? pod : pod_of(agent, uid, jv_null()));
}

static void look_at_all(struct agent *agent)
{
	scoped(strs) struct strs uids = { 0 };
	const char *uid;
	void *value;

	for (size_t at = 0; map_next(&agent->world.pods, &at, &uid, &value);)
		strs_add(&uids, uid);
	for (size_t i = 0; i < uids.len; i++)
		box_changed(agent, uids.at[i]);
	for (size_t at = 0; map_next(&agent->pods, &at, &uid, &value);)
		pod_wake(value);
}

static void pods_synced(void *arg)
{
	look_at_all(arg);
}

/* The runtime. */

static void write_runtime_file(struct node *node)
{
	const struct runtime *runtime = node->agent.runtime;
	scoped_free char *path = mem_printf("%s/" ROLE_RUNTIME_FILE, node->agent.options->run_dir);
	scoped_free char *version = mem_dup(runtime->version ? runtime->version : "");
	char *scheme = strstr(version, "://");
	scoped(jv) jv told = jv_null();
	scoped(buf) struct buf text = { 0 };

	if (scheme) {
		*scheme = ' ';
		memmove(scheme + 1, scheme + 3, strlen(scheme + 3) + 1);
	}
	told = jvs_object("runtime", jv_string(runtime->driver->name), "up", jv_bool(runtime->up), "version",
		jv_string(version), "notes",
		jvs_is(runtime->notes, JV_KIND_ARRAY) ? jv_copy(runtime->notes) : jv_array(), NULL);
	if (runtime->socket)
		jvs_put(&told, "socket", jv_string(runtime->socket));
	if (!runtime->up && runtime->trouble)
		jvs_put(&told, "trouble", jv_string(runtime->trouble));
	jvs_print(told, &text);
	buf_add_char(&text, '\n');
	files_write(path, text.at, text.len, NULL);
}

static void say_ready(struct node *node)
{
	if (!node->registered || !node->settled || node->said_ready)
		return;
	node->said_ready = true;
	if (fcntl(ROLE_LIFELINE, F_GETFD) >= 0)
		(void)!write(ROLE_LIFELINE, "", 1);
}

static void turned_late(void *arg)
{
	struct node *node = arg;
	struct runtime *runtime = node->agent.runtime;

	node->settled = node->settled || runtime->up || runtime->trouble;
	write_runtime_file(node);
	registration_touch(node->registration);
	if (runtime->up && !node->was_up)
		look_at_all(&node->agent);
	node->was_up = runtime->up;
	say_ready(node);
}

/* It may say so while it is being opened. */
static void turned(void *arg)
{
	struct node *node = arg;

	timer_set(node->agent.loop, &node->turned, 0);
}

static void image_came(void *arg)
{
	struct node *node = arg;
	const char *uid;
	void *pod;

	for (size_t at = 0; map_next(&node->agent.pods, &at, &uid, &pod);)
		pod_image_came(pod);
	if (node->registration)
		registration_touch(node->registration);
}

static void registered(void *arg)
{
	struct node *node = arg;

	node->registered = true;
	say_ready(node);
}

/* The process. */

static void lifeline_ended(void *arg, short revents)
{
	struct node *node = arg;
	char byte;

	(void)revents;
	if (read(ROLE_LIFELINE, &byte, 1) == 0)
		loop_stop(node->agent.loop);
}

static void signalled(void *arg, int number)
{
	struct node *node = arg;

	(void)number;
	loop_stop(node->agent.loop);
}

static void node_release(struct node *node)
{
	const char *uid;
	void *pod;

	registration_free(node->registration);
	reflector_free(node->agent.reflector);
	runtime_close(node->agent.runtime);
	client_free(node->agent.client);
	client_free(node->teller);
	recorder_free(node->agent.recorder);
	queue_free(node->agent.queue);
	for (size_t at = 0; map_next(&node->agent.pods, &at, &uid, &pod);)
		pod_free(pod);
	map_release(&node->agent.pods);
	world_release(&node->agent.world);
	free(node->agent.host_ip);
	free(node->selector);
	loop_free(node->agent.loop);
}

static int start(
	struct node *node, const struct node_options *options, const struct endpoint *endpoint, struct err *err)
{
	struct agent *agent = &node->agent;
	struct reflector_options pods = {
		.version = "v1", .plural = "pods", .changed = pod_changed, .synced = pods_synced, .arg = agent
	};
	struct runtime_setup setup = { .options = options, .world = &agent->world, .turned = turned,
		.image_came = image_came, .arg = node };
	static const int signals[] = { SIGTERM, SIGINT, 0 };

	if (files_make_dir(options->state_dir, err) < 0 || files_make_dir(options->run_dir, err) < 0)
		return -1;
	agent->options = options;
	setup.loop = agent->loop = loop_new();
	agent->world.changed = box_changed;
	agent->world.arg = agent;
	agent->host_ip = machine_ip();
	node->turned = (struct timer){ .fire = turned_late, .arg = node };
	loop_on_signals(agent->loop, signals, signalled, node);
	if (fcntl(ROLE_LIFELINE, F_GETFD) >= 0)
		loop_watch_fd(agent->loop, ROLE_LIFELINE, POLLIN, lifeline_ended, node);
	agent->queue = queue_new(agent->loop, work, agent);
	agent->client = client_new(agent->loop, endpoint, "kubelet");
	http_limit(client_http(agent->client), WRITES_AT_ONCE);
	node->teller = client_new(agent->loop, endpoint, "kubelet");
	http_limit(client_http(node->teller), EVENTS_AT_ONCE);
	agent->recorder = recorder_new(node->teller, "kubelet", options->name);
	agent->runtime = runtime_open(options->runtime, &setup, err);
	if (!agent->runtime)
		return -1;
	pods.field_selector = node->selector = mem_printf("spec.nodeName=%s", options->name);
	agent->reflector = reflector_new(agent->client, &pods);
	node->registration = registration_new(agent, registered, node);
	return 0;
}

int node_main(const struct node_options *options, struct err *err)
{
	scoped_free char *server = mem_printf("unix://%s", options->socket);
	struct endpoint endpoint = { .server = server };
	scoped(node) struct node node = { 0 };

	signal(SIGPIPE, SIG_IGN);
	if (start(&node, options, &endpoint, err) < 0)
		return -1;
	return loop_run(node.agent.loop, err);
}

int node_purge(const struct node_options *options, struct err *err)
{
	return runtime_purge(options, err);
}
