#include "cluster/reach.h"

#include "api/client.h"
#include "api/list.h"
#include "base/err.h"
#include "base/mem.h"
#include "formats/jvs.h"
#include "reach/endpoint.h"
#include "reach/loop.h"
#include "reach/place.h"

/* A connection of klocal's own. */
struct reach {
	struct endpoint endpoint;
	struct loop *loop;
	struct client *client;
};

static void reach_init(struct reach *reach, const char *cluster)
{
	scoped_free char *socket = place_socket(cluster);

	reach->endpoint = (struct endpoint){ .server = mem_printf("unix://%s", socket) };
	reach->loop = loop_new();
	reach->client = client_new(reach->loop, &reach->endpoint, "klocal");
}

static void reach_release(struct reach *reach)
{
	client_free(reach->client);
	loop_free(reach->loop);
	endpoint_release(&reach->endpoint);
}

static bool is_ready(jv node)
{
	scoped(jv) jv conditions = jvs_get(node, "status.conditions");

	for (int i = 0; i < jvs_len(conditions); i++) {
		scoped(jv) jv one = jvs_item(conditions, i);

		if (jvs_get_is(one, "type", "Ready"))
			return jvs_get_is(one, "status", "True");
	}
	return false;
}

static bool all_ready(jv nodes, jv ready)
{
	jv_object_foreach(nodes, key, value) {
		scoped(jv) jv name = key, node = value;

		if (!jvs_get_bool(node, "stopped", false) && !jvs_get_bool(ready, jv_string_value(name), false))
			return false;
	}
	return true;
}

int reach_wait_nodes(const char *cluster, jv nodes, int64_t deadline, struct err *err)
{
	scoped(reach) struct reach reach = { 0 };
	struct stream_options options = { .version = "v1", .plural = "nodes", .watch = true };
	scoped_ptr(stream) struct stream *stream = NULL;
	scoped(jv) jv ready = jv_object();

	reach_init(&reach, cluster);
	stream = stream_new(reach.client, &options);
	while (!all_ready(nodes, ready)) {
		struct stream_event event;
		scoped(jv) jv node = jv_null();
		scoped_free char *name = NULL;

		if (stream_next(stream, &event, deadline, err) < 0)
			return err_wrap(err, "waiting for the nodes to be ready");
		if (jvs_parse(event.object, &node, err) < 0)
			return -1;
		name = jvs_get_text(node, "metadata.name");
		if (name)
			jvs_put(&ready, name, jv_bool(event.type != STREAM_DELETED && is_ready(node)));
	}
	return 0;
}

int reach_delete_node(const char *cluster, const char *node, struct err *err)
{
	scoped(reach) struct reach reach = { 0 };
	scoped(err) struct err failure = { 0 };
	struct call call = { .method = "DELETE", .target = { .version = "v1", .plural = "nodes", .name = node } };

	reach_init(&reach, cluster);
	if (client_call(reach.client, &call, NULL, &failure) == 0 || failure.class == ERR_NOT_FOUND)
		return 0;
	err_move(err, &failure);
	return -1;
}
