#include "api/columns.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "formats/jvs.h"
#include "formats/podview.h"
#include "formats/selector.h"

#define NS_PER_SECOND INT64_C(1000000000)

#define NAME { "Name", "string", "name", "the object's name, unique in its namespace", 0 }
#define AGE { "Age", "string", "", "time since the object was made", 0 }
#define TEXT(name, description) { name, "string", "", description, 0 }
#define WIDE(name, description) { name, "string", "", description, 1 }
#define NUMBER(name, description) { name, "integer", "", description, 0 }

static jv cell(jv row, const char *text)
{
	return jv_array_append(row, jv_string(text));
}

/* Takes text. */
static jv cell_take(jv row, char *text)
{
	row = cell(row, text);
	free(text);
	return row;
}

static jv cell_number(jv row, int64_t number)
{
	return jv_array_append(row, jv_number((double)number));
}

static jv cell_field(jv row, jv object, const char *path, const char *otherwise)
{
	scoped_free char *text = jvs_get_text(object, path);

	return cell(row, text && *text ? text : otherwise);
}

static jv cell_name(jv object)
{
	return cell_field(jv_array(), object, "metadata.name", "");
}

/* How long ago the time at path is; the caller frees. NULL where there is none. */
static char *since(jv object, const char *path, int64_t now)
{
	scoped_free char *text = jvs_get_text(object, path);
	int64_t at;

	if (!text || clock_parse(text, &at, NULL) < 0)
		return NULL;
	return clock_age(now - at / NS_PER_SECOND);
}

static jv cell_age(jv row, jv object, int64_t now)
{
	char *age = since(object, "metadata.creationTimestamp", now);

	return age ? cell_take(row, age) : cell(row, "<unknown>");
}

/* The values of one key over a list of objects, joined by commas. */
static char *joined(jv list, const char *key)
{
	scoped(buf) struct buf text = {0};

	for (int i = 0; i < jvs_len(list); i++) {
		scoped(jv) jv item = jvs_item(list, i);
		scoped_free char *value = jvs_get_text(item, key);

		buf_printf(&text, "%s%s", i ? "," : "", value ? value : "");
	}
	return buf_steal(&text);
}

static jv cell_containers(jv row, jv object, const char *path)
{
	scoped(jv) jv containers = jvs_get(object, path);

	row = cell_take(row, joined(containers, "name"));
	return cell_take(row, joined(containers, "image"));
}

/* A map of labels as KEY=VALUE, sorted. */
static jv cell_labels(jv row, jv labels)
{
	scoped(jv) jv keys = jvs_is(labels, JV_KIND_OBJECT) ? jv_keys(jv_copy(labels)) : jv_array();
	scoped(buf) struct buf text = {0};

	for (int i = 0; i < jvs_len(keys); i++) {
		scoped(jv) jv key = jvs_item(keys, i);
		scoped(jv) jv value = jvs_at(labels, jvs_text(key));

		buf_printf(&text, "%s%s=%s", i ? "," : "", jvs_text(key), jvs_text(value));
	}
	return cell(row, text.len ? buf_text(&text) : "<none>");
}

static jv cell_selector(jv row, jv object)
{
	scoped(jv) jv wanted = jvs_get(object, "spec.selector");
	scoped_ptr(selector) struct selector *selector = NULL;

	if (selector_from_object(wanted, &selector, NULL) < 0)
		return cell(row, "<invalid>");
	return selector ? cell_take(row, selector_text(selector)) : cell(row, "<none>");
}

const struct column namespace_columns[] = { NAME, TEXT("Status", "its phase"), AGE };

jv namespace_cells(jv object, int64_t now)
{
	return cell_age(cell_field(cell_name(object), object, "status.phase", ""), object, now);
}

const struct column node_columns[] = {
	NAME, TEXT("Status", "whether it is ready, and may be given pods"), TEXT("Roles", "from its labels"), AGE,
	TEXT("Version", "of its kubelet"), WIDE("Internal-IP", "its address inside the cluster"),
	WIDE("External-IP", "its address from outside"), WIDE("OS-Image", "from /etc/os-release"),
	WIDE("Kernel-Version", "from uname -r"), WIDE("Container-Runtime", "the runtime and its version"),
};

static char *node_status(jv object)
{
	scoped(jv) jv conditions = jvs_get(object, "status.conditions");
	const char *status = "Unknown";

	for (int i = 0; i < jvs_len(conditions); i++) {
		scoped(jv) jv condition = jvs_item(conditions, i);

		if (jvs_get_is(condition, "type", "Ready"))
			status = jvs_get_is(condition, "status", "True") ? "Ready" : "NotReady";
	}
	return mem_printf(
		"%s%s", status, jvs_get_bool(object, "spec.unschedulable", false) ? ",SchedulingDisabled" : "");
}

static char *node_roles(jv object)
{
	static const char prefix[] = "node-role.kubernetes.io/";
	scoped(jv) jv metadata = jvs_at(object, "metadata"), labels = jvs_at(metadata, "labels");
	scoped(jv) jv keys = jvs_is(labels, JV_KIND_OBJECT) ? jv_keys(jv_copy(labels)) : jv_array();
	scoped(buf) struct buf roles = {0};

	for (int i = 0; i < jvs_len(keys); i++) {
		scoped(jv) jv key = jvs_item(keys, i), value = jvs_at(labels, jvs_text(key));
		const char *text = jvs_text(key), *role = NULL;

		if (strncmp(text, prefix, sizeof prefix - 1) == 0)
			role = text + sizeof prefix - 1;
		else if (strcmp(text, "kubernetes.io/role") == 0)
			role = jvs_text(value);
		if (role && *role)
			buf_printf(&roles, "%s%s", roles.len ? "," : "", role);
	}
	return roles.len ? buf_steal(&roles) : mem_dup("<none>");
}

static jv cell_address(jv row, jv object, const char *type)
{
	scoped(jv) jv addresses = jvs_get(object, "status.addresses");

	for (int i = 0; i < jvs_len(addresses); i++) {
		scoped(jv) jv address = jvs_item(addresses, i);

		if (jvs_get_is(address, "type", type))
			return cell_field(row, address, "address", "<none>");
	}
	return cell(row, "<none>");
}

jv node_cells(jv object, int64_t now)
{
	scoped_free char *kernel = jvs_get_text(object, "status.nodeInfo.kernelVersion");
	scoped_free char *machine = jvs_get_text(object, "status.nodeInfo.architecture");
	jv row = cell_take(cell_name(object), node_status(object));

	row = cell_age(cell_take(row, node_roles(object)), object, now);
	row = cell_field(row, object, "status.nodeInfo.kubeletVersion", "");
	row = cell_address(cell_address(row, object, "InternalIP"), object, "ExternalIP");
	row = cell_field(row, object, "status.nodeInfo.osImage", "<unknown>");
	if (kernel && *kernel && machine && *machine)
		row = cell_take(row, mem_printf("%s (%s)", kernel, machine));
	else
		row = cell(row, kernel && *kernel ? kernel : "<unknown>");
	return cell_field(row, object, "status.nodeInfo.containerRuntimeVersion", "<unknown>");
}

const struct column pod_columns[] = {
	NAME,
	TEXT("Ready", "how many of its containers are ready"),
	TEXT("Status", "what its containers are doing"),
	TEXT("Restarts", "how often containers were started again, and when last"),
	AGE,
	WIDE("IP", "the pod's address"),
	WIDE("Node", "where it runs"),
	WIDE("Nominated Node", "where it shall run once others have made room"),
	WIDE("Readiness Gates", "how many of its readiness gates are open"),
};

jv pod_cells(jv object, int64_t now)
{
	scoped(podview) struct podview view = {0};
	jv row = cell_name(object);

	podview_init(&view, object, now);
	row = cell(cell(cell(cell(row, view.ready), view.status), view.restarts), view.age);
	return cell(cell(cell(cell(row, view.ip), view.node), view.nominated_node), view.readiness_gates);
}

const struct column pod_template_columns[] = {
	NAME, TEXT("Containers", "names of the template's containers"), TEXT("Images", "their images"),
	TEXT("Pod Labels", "labels of the template"),
};

jv pod_template_cells(jv object, int64_t now)
{
	scoped(jv) jv labels = jvs_get(object, "template.metadata.labels");

	(void)now;
	return cell_labels(cell_containers(cell_name(object), object, "template.spec.containers"), labels);
}

const struct column event_columns[] = {
	TEXT("Last Seen", "time since it was seen last"), TEXT("Type", "Normal or Warning"),
	TEXT("Reason", "one word for programs"), TEXT("Object", "what it is about"),
	WIDE("Subobject", "which part of that"), WIDE("Source", "who tells"), TEXT("Message", "for people"),
	WIDE("First Seen", "time since it was seen first"), WIDE("Count", "how often it was seen"),
	{ "Name", "string", "name", "the object's name, unique in its namespace", 1 },
};

static char *event_target(jv object)
{
	scoped_free char *kind = jvs_get_text(object, "involvedObject.kind");
	scoped_free char *name = jvs_get_text(object, "involvedObject.name");

	for (char *at = kind; at && *at; at++)
		if (*at >= 'A' && *at <= 'Z')
			*at |= 0x20;
	return mem_printf("%s%s%s", kind ? kind : "", name && *name ? "/" : "", name ? name : "");
}

static char *event_source(jv object)
{
	static const char *const paths[2][2] = {
		{ "source.component", "reportingComponent" }, { "source.host", "reportingInstance" },
	};
	scoped(buf) struct buf text = {0};

	for (size_t i = 0; i < 2; i++) {
		scoped_free char *first = jvs_get_text(object, paths[i][0]);
		scoped_free char *second = jvs_get_text(object, paths[i][1]);
		const char *value = first && *first ? first : second && *second ? second : "";

		buf_printf(&text, "%s%s", i && *value ? ", " : "", value);
	}
	return buf_steal(&text);
}

jv event_cells(jv object, int64_t now)
{
	scoped(jv) jv series = jvs_at(object, "series");
	scoped_free char *first = since(object, "firstTimestamp", now), *last = since(object, "lastTimestamp", now);
	int64_t count = jvs_get_int(object, "count", 0);
	jv row = jv_array();

	if (!first)
		first = since(object, "eventTime", now);
	if (!first)
		first = mem_dup("<unknown>");
	if (!last)
		last = mem_dup(first);
	if (jvs_is(series, JV_KIND_OBJECT)) {
		free(last);
		last = since(series, "lastObservedTime", now);
		count = jvs_get_int(series, "count", 0);
	}
	row = cell(row, last ? last : "<unknown>");
	row = cell_field(cell_field(row, object, "type", ""), object, "reason", "");
	row = cell_field(cell_take(row, event_target(object)), object, "involvedObject.fieldPath", "");
	row = cell_field(cell_take(row, event_source(object)), object, "message", "");
	row = cell_number(cell(row, first), count ? count : 1);
	return cell_field(row, object, "metadata.name", "");
}

static int64_t size_of(jv object, const char *key)
{
	scoped(jv) jv map = jvs_at(object, key);

	return jvs_is(map, JV_KIND_OBJECT) ? jv_object_length(jv_copy(map)) : 0;
}

const struct column config_map_columns[] = { NAME, TEXT("Data", "how many keys it has"), AGE };

jv config_map_cells(jv object, int64_t now)
{
	int64_t count = size_of(object, "data") + size_of(object, "binaryData");

	return cell_age(cell_number(cell_name(object), count), object, now);
}

const struct column secret_columns[] = { NAME, TEXT("Type", "what it is for"), TEXT("Data", "how many keys it has"),
	AGE };

jv secret_cells(jv object, int64_t now)
{
	jv row = cell_field(cell_name(object), object, "type", "");

	return cell_age(cell_number(row, size_of(object, "data")), object, now);
}

const struct column service_account_columns[] = { NAME, AGE };

jv service_account_cells(jv object, int64_t now)
{
	return cell_age(cell_name(object), object, now);
}

const struct column service_columns[] = {
	NAME, TEXT("Type", "how it is reached"), TEXT("Cluster-IP", "its address inside the cluster"),
	TEXT("External-IP", "addresses from outside"), TEXT("Port(s)", "the ports it offers"), AGE,
	WIDE("Selector", "the pods behind it"),
};

static char *service_ports(jv object)
{
	scoped(jv) jv ports = jvs_get(object, "spec.ports");
	scoped(buf) struct buf text = {0};

	for (int i = 0; i < jvs_len(ports); i++) {
		scoped(jv) jv port = jvs_item(ports, i);
		scoped_free char *protocol = jvs_get_text(port, "protocol");
		int node_port = (int)jvs_get_int(port, "nodePort", 0);

		buf_printf(&text, "%s%d", i ? "," : "", (int)jvs_get_int(port, "port", 0));
		if (node_port)
			buf_printf(&text, ":%d", node_port);
		buf_printf(&text, "/%s", protocol ? protocol : "");
	}
	return text.len ? buf_steal(&text) : mem_dup("<none>");
}

static jv cell_external(jv row, jv object)
{
	scoped(jv) jv addresses = jvs_get(object, "spec.externalIPs");
	scoped(buf) struct buf text = {0};

	if (jvs_get_is(object, "spec.type", "ExternalName"))
		return cell_field(row, object, "spec.externalName", "");
	for (int i = 0; i < jvs_len(addresses); i++) {
		scoped(jv) jv address = jvs_item(addresses, i);

		buf_printf(&text, "%s%s", i ? "," : "", jvs_text(address));
	}
	if (text.len)
		return cell(row, buf_text(&text));
	return cell(row, jvs_get_is(object, "spec.type", "LoadBalancer") ? "<pending>" : "<none>");
}

jv service_cells(jv object, int64_t now)
{
	scoped(jv) jv selector = jvs_get(object, "spec.selector");
	jv row = cell_field(cell_name(object), object, "spec.type", "");

	row = cell_external(cell_field(row, object, "spec.clusterIP", "<none>"), object);
	row = cell_age(cell_take(row, service_ports(object)), object, now);
	return cell_labels(row, selector);
}

const struct column endpoints_columns[] = { NAME, TEXT("Endpoints", "addresses and ports"), AGE };

#define ENDPOINTS_SHOWN 3

/* One subset: every address with every port, or the address alone where there is none. */
static void add_subset(struct buf *text, jv subset, int *count)
{
	scoped(jv) jv addresses = jvs_at(subset, "addresses"), ports = jvs_at(subset, "ports");
	int port_count = jvs_len(ports);

	for (int i = 0; i < (port_count ? port_count : 1); i++)
		for (int j = 0; j < jvs_len(addresses); j++) {
			scoped(jv) jv port = jvs_item(ports, i), address = jvs_item(addresses, j);
			scoped_free char *ip = jvs_get_text(address, "ip");

			if ((*count)++ >= ENDPOINTS_SHOWN)
				continue;
			buf_printf(text, "%s%s", text->len ? "," : "", ip ? ip : "");
			if (port_count)
				buf_printf(text, ":%d", (int)jvs_get_int(port, "port", 0));
		}
}

jv endpoints_cells(jv object, int64_t now)
{
	scoped(jv) jv subsets = jvs_at(object, "subsets");
	scoped(buf) struct buf text = {0};
	int count = 0;

	for (int i = 0; i < jvs_len(subsets); i++) {
		scoped(jv) jv subset = jvs_item(subsets, i);

		add_subset(&text, subset, &count);
	}
	if (count > ENDPOINTS_SHOWN)
		buf_printf(&text, " + %d more...", count - ENDPOINTS_SHOWN);
	if (!jvs_len(subsets))
		buf_add_text(&text, "<none>");
	return cell_age(cell(cell_name(object), buf_text(&text)), object, now);
}

const struct column deployment_columns[] = {
	NAME, TEXT("Ready", "ready pods of the wished number"), TEXT("Up-to-date", "pods of the newest template"),
	TEXT("Available", "pods that have been ready long enough"), AGE,
	WIDE("Containers", "names of the template's containers"), WIDE("Images", "their images"),
	WIDE("Selector", "the pods it counts"),
};

jv deployment_cells(jv object, int64_t now)
{
	int ready = (int)jvs_get_int(object, "status.readyReplicas", 0);
	jv row = cell_name(object);

	row = cell_take(row, mem_printf("%d/%d", ready, (int)jvs_get_int(object, "spec.replicas", 0)));
	row = cell_number(row, jvs_get_int(object, "status.updatedReplicas", 0));
	row = cell_number(row, jvs_get_int(object, "status.availableReplicas", 0));
	row = cell_containers(cell_age(row, object, now), object, "spec.template.spec.containers");
	return cell_selector(row, object);
}

const struct column replica_set_columns[] = {
	NAME, NUMBER("Desired", "how many pods it shall have"), NUMBER("Current", "how many it has"),
	NUMBER("Ready", "how many of them are ready"), AGE, WIDE("Containers", "names of the template's containers"),
	WIDE("Images", "their images"), WIDE("Selector", "the pods it counts"),
};

jv replica_set_cells(jv object, int64_t now)
{
	jv row = cell_number(cell_name(object), jvs_get_int(object, "spec.replicas", 0));

	row = cell_number(row, jvs_get_int(object, "status.replicas", 0));
	row = cell_number(row, jvs_get_int(object, "status.readyReplicas", 0));
	row = cell_containers(cell_age(row, object, now), object, "spec.template.spec.containers");
	return cell_selector(row, object);
}

const struct column controller_revision_columns[] = {
	NAME, TEXT("Controller", "whose revision it is"), TEXT("Revision", "its number"), AGE,
};

/* kind.group/name of the owner that controls it. */
static char *controller_of(jv object)
{
	scoped(jv) jv owners = jvs_get(object, "metadata.ownerReferences");

	for (int i = 0; i < jvs_len(owners); i++) {
		scoped(jv) jv owner = jvs_item(owners, i);
		scoped_free char *kind = jvs_get_text(owner, "kind"), *name = jvs_get_text(owner, "name");
		scoped_free char *version = jvs_get_text(owner, "apiVersion");
		size_t group = version ? strcspn(version, "/") : 0;

		if (!jvs_get_bool(owner, "controller", false) || !kind || !name || !version)
			continue;
		for (char *at = kind; *at; at++)
			*at |= 0x20;
		return version[group] ? mem_printf("%s.%.*s/%s", kind, (int)group, version, name)
			: mem_printf("%s/%s", kind, name);
	}
	return mem_dup("<none>");
}

jv controller_revision_cells(jv object, int64_t now)
{
	jv row = cell_take(cell_name(object), controller_of(object));

	return cell_age(cell_number(row, jvs_get_int(object, "revision", 0)), object, now);
}

const struct column lease_columns[] = { NAME, TEXT("Holder", "who has it"), AGE };

jv lease_cells(jv object, int64_t now)
{
	return cell_age(cell_field(cell_name(object), object, "spec.holderIdentity", ""), object, now);
}
