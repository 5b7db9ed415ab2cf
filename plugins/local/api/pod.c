/* Pods: what is added to them when they are made, and the little that may change later.
 * Source: k8s.io/kubernetes/pkg/registry/core/pod, plugin/pkg/admission, pkg/apis/core/validation. */
#include <string.h>

#include "api/checks.h"
#include "api/edit.h"
#include "api/kind.h"
#include "api/podspec.h"
#include "api/refuse.h"
#include "base/mem.h"
#include "formats/jvs.h"
#include "formats/quantity.h"

#define TOKEN_PATH "/var/run/secrets/kubernetes.io/serviceaccount"

static void default_fields(jv *object)
{
	edit_default(object, "spec", jv_object());
	edit_object(object, "spec", pod_spec_default);
	edit_object(object, "spec", pod_spec_default_own);
}

/* ---- what admission adds ---- */

static bool tolerates(jv tolerations, const char *key)
{
	for (int i = 0; i < jvs_len(tolerations); i++) {
		scoped(jv) jv toleration = jvs_item(tolerations, i), own = jvs_at(toleration, "key"),
			      effect = jvs_at(toleration, "effect");

		if ((!*jvs_text(own) || !strcmp(jvs_text(own), key)) &&
			(!*jvs_text(effect) || !strcmp(jvs_text(effect), "NoExecute")))
			return true;
	}
	return false;
}

/* A node that falls out keeps its pods for five minutes. */
static void add_tolerations(jv *spec)
{
	static const char *const keys[] = { "node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable" };
	jv list = edit_take(spec, "tolerations");

	if (!jvs_is(list, JV_KIND_ARRAY))
		list = jv_array();
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		if (!tolerates(list, keys[i]))
			list = jv_array_append(
				list, jvs_object("key", jv_string(keys[i]), "operator", jv_string("Exists"), "effect",
					      jv_string("NoExecute"), "tolerationSeconds", jv_number(300), NULL));
	jvs_put(spec, "tolerations", list);
}

static int set_priority(jv *spec, const char *pod, struct err *err)
{
	static const struct {
		const char *name;
		double priority;
	} classes[] = { { "", 0 }, { "system-cluster-critical", 2000000000 }, { "system-node-critical", 2000001000 } };
	scoped(jv) jv class = jvs_at(*spec, "priorityClassName");

	for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
		if (!strcmp(jvs_text(class), classes[i].name)) {
			jvs_put(spec, "priority", jv_number(classes[i].priority));
			edit_default_text(spec, "preemptionPolicy", "PreemptLowerPriority");
			return 0;
		}
	}
	return refuse(err, 403, "Forbidden", "pods \"%s\" is forbidden: no PriorityClass with name %s was found", pod,
		jvs_text(class));
}

static jv token_volume(const char *name)
{
	jv token = jvs_object("expirationSeconds", jv_number(3607), "path", jv_string("token"), NULL);
	jv ca = jvs_object("name", jv_string("kube-root-ca.crt"), "items",
		JV_ARRAY(jvs_object("key", jv_string("ca.crt"), "path", jv_string("ca.crt"), NULL)), NULL);
	jv field = jvs_object("apiVersion", jv_string("v1"), "fieldPath", jv_string("metadata.namespace"), NULL);
	jv ns = jvs_object(
		"items", JV_ARRAY(jvs_object("path", jv_string("namespace"), "fieldRef", field, NULL)), NULL);
	jv sources = JV_ARRAY(jvs_object("serviceAccountToken", token, NULL), jvs_object("configMap", ca, NULL),
		jvs_object("downwardAPI", ns, NULL));

	return jvs_object("name", jv_string(name), "projected",
		jvs_object("sources", sources, "defaultMode", jv_number(0644), NULL), NULL);
}

static bool has_mount(jv mounts, const char *path)
{
	for (int i = 0; i < jvs_len(mounts); i++) {
		scoped(jv) jv mount = jvs_item(mounts, i);

		if (jvs_get_is(mount, "mountPath", path))
			return true;
	}
	return false;
}

/* Mounts the token where nothing is mounted yet; whether any container took it. */
static bool mount_token(jv *spec, const char *containers, const char *volume)
{
	jv list = edit_take(spec, containers);
	bool any = false;

	for (int i = 0, count = jvs_len(list); i < count; i++) {
		jv container = edit_take_item(&list, i), mounts = edit_take(&container, "volumeMounts");

		if (!jvs_is(mounts, JV_KIND_ARRAY))
			mounts = jv_array();
		if (!has_mount(mounts, TOKEN_PATH)) {
			mounts = jv_array_append(mounts, jvs_object("name", jv_string(volume), "readOnly", jv_true(),
								 "mountPath", jv_string(TOKEN_PATH), NULL));
			any = true;
		}
		jvs_put(&container, "volumeMounts", mounts);
		edit_put_item(&list, i, container);
	}
	if (jvs_is(list, JV_KIND_ARRAY))
		jvs_put(spec, containers, list);
	else
		jv_free(list);
	return any;
}

static void add_token(jv *spec)
{
	char suffix[NAME_SUFFIX + 1];
	scoped_free char *name = NULL;
	bool any;

	names_suffix(suffix);
	name = mem_printf("kube-api-access-%s", suffix);
	any = mount_token(spec, "containers", name);
	any |= mount_token(spec, "initContainers", name);
	if (any) {
		jv volumes = edit_take(spec, "volumes");

		jvs_put(spec, "volumes",
			jv_array_append(jvs_is(volumes, JV_KIND_ARRAY) ? volumes : jv_array(), token_volume(name)));
	}
}

static int set_account(jv *spec, jv meta, const struct finder *finder, struct err *err)
{
	scoped(jv) jv pod = jvs_at(meta, "name"), ns = jvs_at(meta, "namespace"), found = jv_null(), name;
	scoped(jv) jv pulling = jv_null(), own = jvs_at(*spec, "imagePullSecrets");

	edit_default_text(spec, "serviceAccountName", "default");
	name = jvs_at(*spec, "serviceAccountName");
	jvs_put(spec, "serviceAccount", jv_copy(name));
	if (finder) {
		found = finder->find(finder->arg, "serviceaccounts", jvs_text(ns), jvs_text(name));
		if (!jvs_is(found, JV_KIND_OBJECT))
			return refuse(err, 403, "Forbidden",
				"pods \"%s\" is forbidden: error looking up service account %s/%s: serviceaccount "
				"\"%s\" not found",
				jvs_text(pod), jvs_text(ns), jvs_text(name), jvs_text(name));
	}
	if (jvs_get_bool(
		    *spec, "automountServiceAccountToken", jvs_get_bool(found, "automountServiceAccountToken", true)))
		add_token(spec);
	pulling = jvs_at(found, "imagePullSecrets");
	if (jvs_len(pulling) && !jvs_len(own))
		jvs_put(spec, "imagePullSecrets", jv_copy(pulling));
	return 0;
}

/* ---- class of service ---- */

struct demand {
	__int128 cpu, memory;
	bool any_cpu, any_memory;
};

static void add_demand(jv list, struct demand *demand)
{
	static const char *const names[] = { "cpu", "memory" };

	for (size_t i = 0; i < 2; i++) {
		scoped(jv) jv value = jvs_at(list, names[i]);
		struct quantity amount = { 0 };

		quantity_parse(slice_of(jvs_text(value)), &amount);
		if (amount.nano <= 0)
			continue;
		*(i ? &demand->memory : &demand->cpu) += amount.nano;
		*(i ? &demand->any_memory : &demand->any_cpu) = true;
	}
}

/* Source: k8s.io/kubernetes/pkg/apis/core/v1/helper/qos. */
static const char *qos_class(jv spec)
{
	static const char *const lists[] = { "containers", "initContainers" };
	struct demand requests = { 0 }, limits = { 0 };
	bool limited = true;

	for (size_t l = 0; l < 2; l++) {
		scoped(jv) jv containers = jvs_at(spec, lists[l]);

		for (int i = 0; i < jvs_len(containers); i++) {
			scoped(jv) jv container = jvs_item(containers, i),
				      asked = jvs_get(container, "resources.requests"),
				      most = jvs_get(container, "resources.limits");
			struct demand own = { 0 };

			add_demand(asked, &requests);
			add_demand(most, &limits);
			add_demand(most, &own);
			limited &= own.any_cpu && own.any_memory;
		}
	}
	if (!requests.any_cpu && !requests.any_memory && !limits.any_cpu && !limits.any_memory)
		return "BestEffort";
	if (limited && requests.cpu == limits.cpu && requests.memory == limits.memory)
		return "Guaranteed";
	return "Burstable";
}

static int prepare_create(jv *object, const struct finder *finder, struct err *err)
{
	scoped(jv) jv meta = jvs_at(*object, "metadata"), name = jvs_at(meta, "name");
	jv spec = edit_take(object, "spec");
	int status = set_account(&spec, meta, finder, err);

	if (status == 0)
		status = set_priority(&spec, jvs_text(name), err);
	add_tolerations(&spec);
	jvs_put(object, "status",
		jvs_object("phase", jv_string("Pending"), "qosClass", jv_string(qos_class(spec)), NULL));
	jvs_put(object, "spec", spec);
	return status;
}

static void prepare_update(jv *object, jv old)
{
	scoped(jv) jv status = jvs_at(old, "status");

	jvs_put(object, "status", jv_copy(status));
}

static void prepare_status(jv *object, jv old)
{
	scoped(jv) jv spec = jvs_at(old, "spec"), owners = jvs_get(old, "metadata.ownerReferences"),
		      qos = jvs_get(old, "status.qosClass");

	jvs_put(object, "spec", jv_copy(spec));
	if (jvs_is(owners, JV_KIND_ARRAY))
		jvs_set(object, "metadata.ownerReferences", jv_copy(owners));
	else
		jvs_remove(object, "metadata.ownerReferences");
	if (jvs_is(qos, JV_KIND_STRING))
		jvs_set(object, "status.qosClass", jv_copy(qos));
}

/* ---- validation ---- */

static void validate(jv object, const struct finder *finder, struct causes *causes)
{
	scoped(jv) jv spec = jvs_at(object, "spec");

	(void)finder;
	pod_spec_validate(spec, at_field(NULL, "spec"), causes);
}

/* The same number of containers; false where it was told that it is not. */
static bool validate_count(jv spec, jv old, const char *field, const char *words, struct causes *causes)
{
	scoped(jv) jv now = jvs_at(spec, field), before = jvs_at(old, field);

	if (jvs_len(now) == jvs_len(before))
		return true;
	forbidden(causes, at_field(at_field(NULL, "spec"), field), words);
	return false;
}

/* A deadline may be set and shortened, not lengthened or taken away. */
static void validate_deadline(jv spec, jv old, struct causes *causes)
{
	scoped(jv) jv now = jvs_at(spec, "activeDeadlineSeconds"), before = jvs_at(old, "activeDeadlineSeconds");
	const struct at *at = at_field(at_field(NULL, "spec"), "activeDeadlineSeconds");

	if (jvs_is(now, JV_KIND_NUMBER)) {
		if (jvs_is(before, JV_KIND_NUMBER) && jv_number_value(before) < jv_number_value(now))
			invalid(causes, at, now, "must be less than or equal to previous value");
	} else if (jvs_is(before, JV_KIND_NUMBER)) {
		invalid(causes, at, now, "must not update from a positive integer to nil value");
	}
}

static bool holds(jv list, jv wanted)
{
	for (int i = 0; i < jvs_len(list); i++) {
		scoped(jv) jv item = jvs_item(list, i), same = jv_copy(item), asked = jv_copy(wanted);

		jvs_remove(&same, "tolerationSeconds");
		jvs_remove(&asked, "tolerationSeconds");
		if (jvs_equal(same, asked))
			return true;
	}
	return false;
}

static void validate_tolerations(jv spec, jv old, struct causes *causes)
{
	scoped(jv) jv now = jvs_at(spec, "tolerations"), before = jvs_at(old, "tolerations");

	for (int i = 0; i < jvs_len(before); i++) {
		scoped(jv) jv item = jvs_item(before, i);

		if (!holds(now, item)) {
			forbidden(causes, at_field(at_field(NULL, "spec"), "tolerations"),
				"existing toleration can not be modified except its tolerationSeconds");
			return;
		}
	}
}

/* Gates may be lifted, never added. */
static void validate_gates(jv spec, jv old, struct causes *causes)
{
	scoped(jv) jv now = jvs_at(spec, "schedulingGates"), before = jvs_at(old, "schedulingGates");

	for (int i = 0; i < jvs_len(now); i++) {
		scoped(jv) jv gate = jvs_item(now, i), name = jvs_at(gate, "name");
		scoped_free char *words =
			mem_printf("only deletion is allowed, but found new scheduling gate '%s'", jvs_text(name));

		if (!holds(before, gate))
			forbidden(causes, at_item(at_field(at_field(NULL, "spec"), "schedulingGates"), i), words);
	}
}

/* spec with what may change taken from old, to see whether anything else did. */
static jv with_old_images(jv list, jv old)
{
	jv all = jv_copy(list);

	for (int i = 0; i < jvs_len(list); i++) {
		scoped(jv) jv before = jvs_item(old, i), image = jvs_at(before, "image");
		jv container = jvs_item(all, i);

		jvs_put(&container, "image", jv_copy(image));
		all = jv_array_set(all, i, container);
	}
	return all;
}

static void keep(jv *spec, jv old, const char *field)
{
	scoped(jv) jv value = jvs_at(old, field);

	if (jvs_is(value, JV_KIND_NULL))
		jvs_remove(spec, field);
	else
		jvs_put(spec, field, jv_copy(value));
}

static bool only_allowed_changes(jv spec, jv old)
{
	static const char *const free_fields[] = { "activeDeadlineSeconds", "tolerations", "schedulingGates" };
	static const char *const lists[] = { "containers", "initContainers" };
	scoped(jv) jv munged = jv_copy(spec), gates = jvs_at(old, "schedulingGates");
	int64_t grace = jvs_get_int(old, "terminationGracePeriodSeconds", 0);

	for (size_t i = 0; i < sizeof free_fields / sizeof *free_fields; i++)
		keep(&munged, old, free_fields[i]);
	for (size_t i = 0; i < 2; i++) {
		scoped(jv) jv now = jvs_at(spec, lists[i]), before = jvs_at(old, lists[i]);

		if (jvs_is(now, JV_KIND_ARRAY))
			jvs_put(&munged, lists[i], with_old_images(now, before));
	}
	if (grace < 0 && jvs_get_int(spec, "terminationGracePeriodSeconds", 0) == 1)
		keep(&munged, old, "terminationGracePeriodSeconds");
	if (jvs_len(gates)) { /* not scheduled yet: where it may run can still be narrowed */
		keep(&munged, old, "nodeSelector");
		keep(&munged, old, "affinity");
	}
	return jvs_equal(munged, old);
}

static void validate_update(jv object, jv old_object, struct causes *causes)
{
	static const char words[] =
		"pod updates may not change fields other than "
		"`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,"
		"`spec.tolerations` "
		"(only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set "
		"to 1 if it was previously negative)\n";
	scoped(jv) jv spec = jvs_at(object, "spec"), old = jvs_at(old_object, "spec");

	if (!validate_count(spec, old, "containers", "pod updates may not add or remove containers", causes) ||
		!validate_count(
			spec, old, "initContainers", "pod updates may not add or remove init containers", causes))
		return;
	validate_deadline(spec, old, causes);
	validate_tolerations(spec, old, causes);
	validate_gates(spec, old, causes);
	if (!causes_any(causes) && !only_allowed_changes(spec, old))
		forbidden(causes, at_field(NULL, "spec"), words);
}

static void validate_status(jv object, jv old, struct causes *causes)
{
	static const char *const phases[] = { "Pending", "Running", "Succeeded", "Failed", "Unknown", NULL };
	scoped(jv) jv status = jvs_at(object, "status");

	(void)old;
	check_choice(status, "phase", phases, false, at_field(NULL, "status"), causes);
}

static const char *const status_resets[] = { "f:deletionTimestamp", "f:ownerReferences", NULL };

const struct kind_hooks pod_hooks = {
	.default_fields = default_fields,
	.prepare_create = prepare_create,
	.prepare_update = prepare_update,
	.prepare_status = prepare_status,
	.validate = validate,
	.validate_update = validate_update,
	.validate_status = validate_status,
	.status_resets = status_resets,
};
