/* Services. Source: k8s.io/kubernetes/pkg/apis/core/v1/defaults.go, pkg/registry/core/service,
 * pkg/apis/core/validation. */
#include <arpa/inet.h>
#include <stdint.h>
#include <string.h>

#include "api/checks.h"
#include "api/edit.h"
#include "api/kind.h"
#include "api/refuse.h"
#include "api/schema.h"
#include "api/typed.h"
#include "base/mem.h"
#include "base/strs.h"
#include "formats/jvs.h"

/* Upstream's default range: --service-cluster-ip-range, --service-node-port-range. */
#define RANGE_FIRST 0x0a000001u /* 10.0.0.1: the service kubernetes has it */
#define RANGE_LAST 0x0a0000feu
#define NODE_PORT_FIRST 30000
#define NODE_PORT_LAST 32767

static bool is_type(jv spec, const char *type)
{
	return jvs_get_is(spec, "type", type);
}

/* ExternalName is a name in DNS and nothing else. */
static bool has_address(jv spec)
{
	return !is_type(spec, "ExternalName");
}

static bool is_published(jv spec)
{
	return is_type(spec, "NodePort") || is_type(spec, "LoadBalancer");
}

static void default_port(jv *port)
{
	edit_default_text(port, "protocol", "TCP");
	if (jvs_get_int(*port, "targetPort", -1) == 0 || jvs_get_is(*port, "targetPort", ""))
		jvs_put(port, "targetPort", jv_number((double)jvs_get_int(*port, "port", 0)));
}

static void default_spec(jv *spec)
{
	edit_default_text(spec, "sessionAffinity", "None");
	edit_default_text(spec, "type", "ClusterIP");
	edit_items(spec, "ports", default_port);
	if (jvs_get_is(*spec, "sessionAffinity", "ClientIP"))
		edit_default(spec, "sessionAffinityConfig",
			jvs_object("clientIP", jvs_object("timeoutSeconds", jv_number(10800), NULL), NULL));
	if (is_published(*spec))
		edit_default_text(spec, "externalTrafficPolicy", "Cluster");
	if (has_address(*spec))
		edit_default_text(spec, "internalTrafficPolicy", "Cluster");
	if (is_type(*spec, "LoadBalancer"))
		edit_default(spec, "allocateLoadBalancerNodePorts", jv_true());
}

static void default_fields(jv *object)
{
	edit_default(object, "spec", jv_object());
	edit_object(object, "spec", default_spec);
}

/* ---- addresses and ports are given out ---- */

static bool taken(const struct finder *finder, const char *field, const char *value)
{
	return finder && finder->in_use(finder->arg, field, value);
}

static uint32_t random_between(uint32_t first, uint32_t last)
{
	char suffix[NAME_SUFFIX + 1];
	uint32_t hash = 2166136261u;

	names_suffix(suffix);
	for (const char *c = suffix; *c; c++)
		hash = (hash ^ (unsigned char)*c) * 16777619u;
	return first + hash % (last - first + 1);
}

/* From somewhere in the range on, so that a freed one is not given out again at once. */
static char *free_address(const struct finder *finder)
{
	uint32_t count = RANGE_LAST - RANGE_FIRST + 1, start = random_between(RANGE_FIRST, RANGE_LAST);

	for (uint32_t i = 0; i < count; i++) {
		uint32_t address = RANGE_FIRST + (start - RANGE_FIRST + i) % count;
		char *text = mem_printf(
			"%u.%u.%u.%u", address >> 24, address >> 16 & 255, address >> 8 & 255, address & 255);

		if (address != RANGE_FIRST && !taken(finder, "clusterIP", text))
			return text;
		free(text);
	}
	return NULL;
}

static int free_port(const struct finder *finder)
{
	int count = NODE_PORT_LAST - NODE_PORT_FIRST + 1;
	int start = (int)random_between(NODE_PORT_FIRST, NODE_PORT_LAST);

	for (int i = 0; i < count; i++) {
		int port = NODE_PORT_FIRST + (start - NODE_PORT_FIRST + i) % count;
		scoped_free char *text = mem_printf("%d", port);

		if (!taken(finder, "nodePort", text))
			return port;
	}
	return 0;
}

static int give_address(jv *spec, const struct finder *finder, struct err *err)
{
	scoped(jv) jv given = jvs_at(*spec, "clusterIP"), all = jvs_at(*spec, "clusterIPs"), first = jvs_item(all, 0);
	scoped_free char *address = mem_dup(*jvs_text(given) ? jvs_text(given) : jvs_text(first));

	if (!*address) {
		free(address);
		address = free_address(finder);
	}
	if (!address)
		return refuse(err, 500, "InternalError",
			"Internal error occurred: failed to allocate a serviceIP: range is full");
	jvs_put(spec, "clusterIP", jv_string(address));
	if (!jvs_len(all))
		jvs_put(spec, "clusterIPs", JV_ARRAY(jv_string(address)));
	edit_default(spec, "ipFamilies", JV_ARRAY(jv_string("IPv4")));
	edit_default_text(spec, "ipFamilyPolicy", "SingleStack");
	return 0;
}

static void give_ports(jv *spec, const struct finder *finder)
{
	jv ports = edit_take(spec, "ports");

	for (int i = 0, count = jvs_len(ports); i < count; i++) {
		jv port = edit_take_item(&ports, i);

		if (jvs_get_int(port, "nodePort", 0) == 0)
			jvs_put(&port, "nodePort", jv_number(free_port(finder)));
		edit_put_item(&ports, i, port);
	}
	if (jvs_is(ports, JV_KIND_ARRAY))
		jvs_put(spec, "ports", ports);
	else
		jv_free(ports);
}

static int prepare_create(jv *object, const struct finder *finder, struct err *err)
{
	jv spec = edit_take(object, "spec");
	int status = 0;

	if (has_address(spec))
		status = give_address(&spec, finder, err);
	if (is_published(spec))
		give_ports(&spec, finder);
	jvs_put(object, "spec", spec);
	jvs_put(object, "status", typed_zero(schema_find("io.k8s.api.core.v1.ServiceStatus")));
	return status;
}

/* What was given out stays where the update does not speak of it. */
static void prepare_update(jv *object, jv old_object)
{
	static const char *const kept[] = { "clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy" };
	scoped(jv) jv status = jvs_at(old_object, "status"), old = jvs_at(old_object, "spec");
	jv spec = edit_take(object, "spec");

	jvs_put(object, "status", jv_copy(status));
	for (size_t i = 0; i < sizeof kept / sizeof *kept && has_address(spec) && has_address(old); i++) {
		scoped(jv) jv value = jvs_at(old, kept[i]);

		if (!jvs_is(value, JV_KIND_NULL))
			edit_default(&spec, kept[i], jv_copy(value));
	}
	if (has_address(spec) && !edit_has(spec, "clusterIP"))
		give_address(&spec, NULL, NULL);
	jvs_put(object, "spec", spec);
}

static void prepare_status(jv *object, jv old)
{
	scoped(jv) jv spec = jvs_at(old, "spec");

	jvs_put(object, "spec", jv_copy(spec));
}

/* ---- validation ---- */

static void validate_port(jv port, bool named, struct strs *names, const struct at *at, struct causes *causes)
{
	static const char *const protocols[] = { "SCTP", "TCP", "UDP", NULL };
	scoped(jv) jv name = jvs_at(port, "name"), number = jvs_at(port, "port");

	check_name(port, "name", NAME_LABEL, named, at, causes);
	if (*jvs_text(name) && strs_has(names, jvs_text(name)))
		duplicate(causes, at_field(at, "name"), name);
	strs_add(names, jvs_text(name));
	if (!jvs_is(number, JV_KIND_NUMBER) || jv_number_value(number) < 1 || jv_number_value(number) > 65535)
		invalid(causes, at_field(at, "port"), number, "must be between 1 and 65535, inclusive");
	check_choice(port, "protocol", protocols, true, at, causes);
	check_port_or_name(port, "targetPort", at, causes);
}

static bool same_port(jv a, jv b)
{
	scoped(jv) jv one = jvs_at(a, "protocol"), other = jvs_at(b, "protocol");

	return jvs_get_int(a, "port", 0) == jvs_get_int(b, "port", 0) && !strcmp(jvs_text(one), jvs_text(other));
}

static void validate_ports(jv spec, const struct at *at, struct causes *causes)
{
	scoped(jv) jv ports = jvs_at(spec, "ports");
	scoped(strs) struct strs names = { 0 };

	if (!jvs_len(ports) && has_address(spec) && !jvs_get_is(spec, "clusterIP", "None"))
		required(causes, at_field(at, "ports"), NULL);
	for (int i = 0; i < jvs_len(ports); i++) {
		scoped(jv) jv port = jvs_item(ports, i);

		validate_port(port, jvs_len(ports) > 1, &names, at_item(at_field(at, "ports"), i), causes);
		for (int k = 0; k < i; k++) {
			scoped(jv) jv before = jvs_item(ports, k);

			if (same_port(port, before)) {
				duplicate(causes, at_item(at_field(at, "ports"), i), port);
				break;
			}
		}
	}
}

static bool in_range(const char *address)
{
	struct in_addr parsed;

	return inet_pton(AF_INET, address, &parsed) == 1 && ntohl(parsed.s_addr) >= RANGE_FIRST &&
	       ntohl(parsed.s_addr) <= RANGE_LAST;
}

/* An address that the client asked for in a new service. */
static void validate_address(jv spec, const struct finder *finder, const struct at *at, struct causes *causes)
{
	scoped(jv) jv address = jvs_at(spec, "clusterIP"), all = jvs_at(spec, "clusterIPs");
	const char *text = jvs_text(address);
	struct in6_addr parsed;

	if (!*text || !strcmp(text, "None"))
		return;
	if (inet_pton(AF_INET, text, &parsed) != 1 && inet_pton(AF_INET6, text, &parsed) != 1)
		invalid(causes, at_item(at_field(at, "clusterIPs"), 0), address,
			"must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)");
	else if (!in_range(text))
		invalid(causes, at_field(at, "clusterIPs"), all,
			"failed to allocate IP %s: the provided network does not match the current range", text);
	else if (taken(finder, "clusterIP", text))
		invalid(causes, at_field(at, "clusterIPs"), all,
			"failed to allocate IP %s: provided IP is already allocated", text);
}

static void validate(jv object, const struct finder *finder, struct causes *causes)
{
	static const char *const types[] = { "ClusterIP", "ExternalName", "LoadBalancer", "NodePort", NULL };
	static const char *const affinities[] = { "ClientIP", "None", NULL };
	static const char *const policies[] = { "Cluster", "Local", NULL };
	scoped(jv) jv spec = jvs_at(object, "spec"), selector = jvs_at(spec, "selector");
	const struct at *at = at_field(NULL, "spec");

	validate_ports(spec, at, causes);
	if (is_type(spec, "ExternalName"))
		check_name(spec, "externalName", NAME_SUBDOMAIN, true, at, causes);
	check_labels(selector, at_field(at, "selector"), causes);
	check_choice(spec, "sessionAffinity", affinities, true, at, causes);
	check_choice(spec, "type", types, true, at, causes);
	check_choice(spec, "externalTrafficPolicy", policies, false, at, causes);
	check_choice(spec, "internalTrafficPolicy", policies, false, at, causes);
	if (finder && has_address(spec))
		validate_address(spec, finder, at, causes);
}

static void validate_update(jv object, jv old_object, struct causes *causes)
{
	scoped(jv) jv spec = jvs_at(object, "spec"), old = jvs_at(old_object, "spec"), all = jvs_at(spec, "clusterIPs"),
		      now = jvs_at(spec, "clusterIP"), before = jvs_at(old, "clusterIP");

	if (has_address(spec) && has_address(old) && *jvs_text(before) && !jvs_equal(now, before))
		invalid(causes, at_item(at_field(at_field(NULL, "spec"), "clusterIPs"), 0), all,
			"may not change once set");
}

const struct kind_hooks service_hooks = {
	.default_fields = default_fields,
	.prepare_create = prepare_create,
	.prepare_update = prepare_update,
	.prepare_status = prepare_status,
	.validate = validate,
	.validate_update = validate_update,
};
