/* endpoints.c: keeps for each service with a selector the addresses of the pods that it means.
 * Source: k8s.io/kubernetes/pkg/controller/endpoint. */
#include <stdlib.h>
#include <string.h>

#include "api/client.h"
#include "api/queue.h"
#include "base/err.h"
#include "base/mem.h"
#include "control/controller.h"
#include "control/work.h"
#include "formats/jvs.h"
#include "formats/selector.h"

struct endpoints {
	struct hub *hub;
	struct queue *queue;
};

/* The addresses of one service. */
struct gathering {
	jv service;
	struct selector *selector;
	jv ready, waiting; /* arrays of EndpointAddress */
	jv ports;	   /* array of EndpointPort; as of the first pod that has them */
};

static bool is_ready(jv pod)
{
	scoped(jv) jv ready = hub_condition(pod, "Ready");

	return jvs_get_is(ready, "status", "True");
}

/* The number behind a port's name in the pod; 0: none. */
static int named_port(jv pod, const char *name)
{
	scoped(jv) jv containers = jvs_get(pod, "spec.containers");

	for (int i = 0; i < jvs_len(containers); i++) {
		scoped(jv) jv container = jvs_item(containers, i), ports = jvs_at(container, "ports");

		for (int n = 0; n < jvs_len(ports); n++) {
			scoped(jv) jv port = jvs_item(ports, n);

			if (jvs_get_is(port, "name", name))
				return (int)jvs_get_int(port, "containerPort", 0);
		}
	}
	return 0;
}

static jv ports_for(jv service, jv pod)
{
	scoped(jv) jv ports = jvs_get(service, "spec.ports");
	jv found = jv_array();

	for (int i = 0; i < jvs_len(ports); i++) {
		scoped(jv) jv port = jvs_item(ports, i), target = jvs_at(port, "targetPort"),
			      name = jvs_at(port, "name");
		scoped(jv) jv protocol = jvs_at(port, "protocol");
		int number = jvs_is(target, JV_KIND_STRING)
				     ? named_port(pod, jv_string_value(target))
				     : (int)jvs_get_int(port, "targetPort", jvs_get_int(port, "port", 0));
		jv one;

		if (!number)
			continue;
		one = jvs_object("port", jv_number(number), "protocol", jv_copy(protocol), NULL);
		if (*jvs_text(name))
			jvs_put(&one, "name", jv_copy(name));
		found = jv_array_append(found, one);
	}
	return found;
}

static jv address(jv pod, const char *ip)
{
	return jvs_object("ip", jv_string(ip), "nodeName", jvs_get(pod, "spec.nodeName"), "targetRef",
		jvs_object("kind", jv_string("Pod"), "namespace", jvs_get(pod, "metadata.namespace"), "name",
			jvs_get(pod, "metadata.name"), "uid", jvs_get(pod, "metadata.uid"), NULL),
		NULL);
}

static void gather(void *arg, jv pod)
{
	struct gathering *gathering = arg;
	scoped(jv) jv labels = jvs_get(pod, "metadata.labels");
	scoped_free char *ip = jvs_get_text(pod, "status.podIP");
	bool all = jvs_get_bool(gathering->service, "spec.publishNotReadyAddresses", false);

	if (!ip || !*ip || !selector_matches(gathering->selector, labels) || hub_is_deleted(pod) ||
		jvs_get_is(pod, "status.phase", "Succeeded") || jvs_get_is(pod, "status.phase", "Failed"))
		return;
	if (all || is_ready(pod))
		gathering->ready = jv_array_append(gathering->ready, address(pod, ip));
	else
		gathering->waiting = jv_array_append(gathering->waiting, address(pod, ip));
	if (!jvs_len(gathering->ports)) {
		jv_free(gathering->ports);
		gathering->ports = ports_for(gathering->service, pod);
	}
}

/* By address, so that the same pods always make the same object. */
static jv sorted(jv addresses)
{
	scoped(jv) jv keys = jv_array();

	for (int i = 0; i < jvs_len(addresses); i++) {
		scoped(jv) jv one = jvs_item(addresses, i);

		keys = jv_array_append(keys, jvs_at(one, "ip"));
	}
	return jv_sort(jv_copy(addresses), jv_copy(keys));
}

static jv subsets(struct gathering *gathering)
{
	jv subset = jv_object();

	if (!jvs_len(gathering->ready) && !jvs_len(gathering->waiting)) {
		jv_free(subset);
		return jv_array();
	}
	if (jvs_len(gathering->ready))
		jvs_put(&subset, "addresses", sorted(gathering->ready));
	if (jvs_len(gathering->waiting))
		jvs_put(&subset, "notReadyAddresses", sorted(gathering->waiting));
	if (jvs_len(gathering->ports))
		jvs_put(&subset, "ports", jv_copy(gathering->ports));
	return JV_ARRAY(subset);
}

static void write_endpoints(struct endpoints *endpoints, struct work *work, jv service, jv wanted)
{
	scoped_free char *ns = key_ns(work_key(work));
	const char *name = key_name(work_key(work));
	scoped(jv) jv there = hub_get(endpoints->hub, HUB_ENDPOINTS, work_key(work)), has = jvs_at(there, "subsets");
	struct call call = { .method = "POST", .target = { .ns = ns } };

	if (jvs_is(there, JV_KIND_OBJECT) && (jvs_len(has) ? jvs_equal(has, wanted) : !jvs_len(wanted)))
		return;
	if (jvs_is(there, JV_KIND_OBJECT)) {
		call.method = "PATCH";
		call.patch = "merge";
		call.target.name = name;
		call.body = jvs_object("subsets", jvs_len(wanted) ? jv_copy(wanted) : jv_null(), NULL);
	} else {
		call.body = jvs_object("apiVersion", jv_string("v1"), "kind", jv_string("Endpoints"), "metadata",
			jvs_object("name", jv_string(name), "labels", jvs_get(service, "metadata.labels"), NULL),
			"subsets", jv_copy(wanted), NULL);
	}
	work_call(work, HUB_ENDPOINTS, &call, NULL, NULL);
}

static void delete_endpoints(struct endpoints *endpoints, struct work *work)
{
	scoped_free char *ns = key_ns(work_key(work));
	scoped(jv) jv there = hub_get(endpoints->hub, HUB_ENDPOINTS, work_key(work));
	struct call call = { .method = "DELETE", .target = { .ns = ns, .name = key_name(work_key(work)) } };

	if (jvs_is(there, JV_KIND_OBJECT))
		work_call(work, HUB_ENDPOINTS, &call, NULL, NULL);
}

static void keep(struct endpoints *endpoints, struct work *work, jv service, jv selector)
{
	scoped(jv) jv label_selector = jvs_object("matchLabels", jv_copy(selector), NULL), wanted = jv_null();
	scoped_free char *ns = key_ns(work_key(work));
	scoped_ptr(selector) struct selector *parsed = NULL;
	struct gathering gathering = { .service = service };

	if (selector_from_object(label_selector, &parsed, NULL) < 0)
		return;
	gathering.selector = parsed;
	gathering.ready = jv_array();
	gathering.waiting = jv_array();
	gathering.ports = jv_array();
	hub_each_in(endpoints->hub, HUB_PODS, ns, gather, &gathering);
	wanted = subsets(&gathering);
	jv_free(gathering.ready);
	jv_free(gathering.waiting);
	jv_free(gathering.ports);
	write_endpoints(endpoints, work, service, wanted);
}

/* Endpoints of services without a selector are their owner's to write. */
static void sync_service(void *arg, const char *key)
{
	struct endpoints *endpoints = arg;
	struct work *work = work_begin(endpoints->hub, endpoints->queue, key);
	scoped(jv) jv service = hub_get(endpoints->hub, HUB_SERVICES, key),
		      selector = jvs_get(service, "spec.selector");

	if (jvs_is(service, JV_KIND_NULL))
		delete_endpoints(endpoints, work);
	else if (jvs_is(selector, JV_KIND_OBJECT))
		keep(endpoints, work, service, selector);
	work_end(work);
}

static void mark(void *arg, jv service)
{
	struct endpoints *endpoints = arg;
	scoped_free char *key = reflector_key(service);

	queue_add(endpoints->queue, key);
}

static bool matters(jv before, jv after)
{
	return jvs_is(before, JV_KIND_NULL) || jvs_is(after, JV_KIND_NULL) || is_ready(before) != is_ready(after) ||
	       hub_is_deleted(before) != hub_is_deleted(after) || !hub_text_same(before, after, "status.podIP") ||
	       !hub_text_same(before, after, "status.phase") || !hub_text_same(before, after, "metadata.labels");
}

static void seen(void *self, enum hub_kind kind, const char *key, jv before, jv after)
{
	struct endpoints *endpoints = self;
	scoped_free char *ns = key_ns(key);

	if (kind == HUB_SERVICES || (kind == HUB_ENDPOINTS && jvs_is(after, JV_KIND_NULL)))
		queue_add(endpoints->queue, key);
	else if (kind == HUB_PODS && matters(before, after))
		hub_each_in(endpoints->hub, HUB_SERVICES, ns, mark, endpoints);
}

static void *start(struct hub *hub)
{
	struct endpoints *endpoints = mem_alloc(sizeof *endpoints);

	endpoints->hub = hub;
	endpoints->queue = queue_new(hub->loop, sync_service, endpoints);
	return endpoints;
}

static void stop(void *self)
{
	struct endpoints *endpoints = self;

	queue_free(endpoints->queue);
	free(endpoints);
}

const struct controller endpoints_controller = { .name = "endpoints",
	.needs = HUB_HAS(HUB_SERVICES) | HUB_HAS(HUB_ENDPOINTS) | HUB_HAS(HUB_PODS),
	.start = start,
	.stop = stop,
	.seen = seen };
