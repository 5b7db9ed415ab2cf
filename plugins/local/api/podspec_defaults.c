#include "api/edit.h"
#include "api/podspec.h"
#include "formats/jvs.h"
#include "formats/quantity.h"

/* Whether the image's tag is "latest", given or not: then it is pulled each time. */
static bool is_latest(const char *image)
{
	const char *name = strrchr(image, '/'), *tag;

	name = name ? name + 1 : image;
	if (!*name || strchr(image, '@')) /* none, or by digest */
		return false;
	tag = strchr(name, ':');
	return !tag || !strcmp(tag, ":latest");
}

static void default_pull_policy(jv *container, const char *image_key, const char *policy_key)
{
	scoped(jv) jv image = jvs_at(*container, image_key);

	edit_default_text(container, policy_key, is_latest(jvs_text(image)) ? "Always" : "IfNotPresent");
}

static void default_http_get(jv *get)
{
	edit_default_text(get, "path", "/");
	edit_default_text(get, "scheme", "HTTP");
}

static void default_grpc(jv *grpc)
{
	edit_default_text(grpc, "service", "");
}

static void default_probe(jv *probe)
{
	edit_default_int(probe, "timeoutSeconds", 1);
	edit_default_int(probe, "periodSeconds", 10);
	edit_default_int(probe, "successThreshold", 1);
	edit_default_int(probe, "failureThreshold", 3);
	edit_object(probe, "httpGet", default_http_get);
	edit_object(probe, "grpc", default_grpc);
}

static void default_handler(jv *handler)
{
	edit_object(handler, "httpGet", default_http_get);
}

static void default_lifecycle(jv *lifecycle)
{
	edit_object(lifecycle, "postStart", default_handler);
	edit_object(lifecycle, "preStop", default_handler);
}

static void default_field_ref(jv *ref)
{
	edit_default_text(ref, "apiVersion", "v1");
}

static void default_value_from(jv *from)
{
	edit_object(from, "fieldRef", default_field_ref);
}

static void default_env(jv *env)
{
	edit_object(env, "valueFrom", default_value_from);
}

/* Amounts finer than a thousandth are rounded up. */
static void round_amounts(jv *list)
{
	jv rounded = jv_object();

	jv_object_foreach(*list, key, value)
	{
		scoped(buf) struct buf text = { 0 };
		struct quantity quantity = { 0 };

		quantity_parse(slice_of(jvs_text(value)), &quantity);
		if (quantity.nano % 1000000) {
			quantity.nano = (__int128)quantity_milli(&quantity) * 1000000;
			quantity_print(&quantity, &text);
			jv_free(value);
			value = jv_string(buf_text(&text));
		}
		rounded = jv_object_set(rounded, key, value);
	}
	jv_free(*list);
	*list = rounded;
}

static void round_resources(jv *resources)
{
	edit_object(resources, "limits", round_amounts);
	edit_object(resources, "requests", round_amounts);
}

static void default_container(jv *container)
{
	default_pull_policy(container, "image", "imagePullPolicy");
	edit_default_text(container, "terminationMessagePath", "/dev/termination-log");
	edit_default_text(container, "terminationMessagePolicy", "File");
	edit_object(container, "resources", round_resources);
	edit_object(container, "livenessProbe", default_probe);
	edit_object(container, "readinessProbe", default_probe);
	edit_object(container, "startupProbe", default_probe);
	edit_object(container, "lifecycle", default_lifecycle);
	edit_items(container, "env", default_env);
}

static void default_mode(jv *source)
{
	edit_default_int(source, "defaultMode", 0644);
}

static void default_downward_item(jv *item)
{
	edit_object(item, "fieldRef", default_field_ref);
}

static void default_downward(jv *source)
{
	edit_items(source, "items", default_downward_item);
}

static void default_downward_volume(jv *source)
{
	default_mode(source);
	default_downward(source);
}

static void default_token(jv *token)
{
	edit_default_int(token, "expirationSeconds", 3600);
}

static void default_projection(jv *source)
{
	edit_object(source, "serviceAccountToken", default_token);
	edit_object(source, "downwardAPI", default_downward);
}

static void default_projected(jv *source)
{
	default_mode(source);
	edit_items(source, "sources", default_projection);
}

static void default_host_path(jv *source)
{
	edit_default_text(source, "type", "");
}

static void default_image_volume(jv *source)
{
	default_pull_policy(source, "reference", "pullPolicy");
}

static void default_azure_disk(jv *source)
{
	edit_default(source, "readOnly", jv_false());
}

static void default_claim_spec(jv *spec)
{
	edit_default_text(spec, "volumeMode", "Filesystem");
}

static void default_claim_template(jv *template)
{
	edit_object(template, "spec", default_claim_spec);
}

static void default_ephemeral(jv *source)
{
	edit_object(source, "volumeClaimTemplate", default_claim_template);
}

static const struct {
	const char *source;
	void (*fill)(jv *source);
} volume_defaults[] = {
	{ "secret", default_mode },
	{ "configMap", default_mode },
	{ "downwardAPI", default_downward_volume },
	{ "projected", default_projected },
	{ "hostPath", default_host_path },
	{ "image", default_image_volume },
	{ "azureDisk", default_azure_disk },
	{ "ephemeral", default_ephemeral },
};

static void default_volume(jv *volume)
{
	if (jv_object_length(jv_copy(*volume)) < 2) { /* nothing but a name */
		jvs_put(volume, "emptyDir", jv_object());
		return;
	}
	for (size_t i = 0; i < sizeof volume_defaults / sizeof *volume_defaults; i++)
		edit_object(volume, volume_defaults[i].source, volume_defaults[i].fill);
}

/* With the host's network a container's ports are the host's. */
static void default_host_port(jv *port)
{
	edit_default_int(port, "hostPort", jvs_get_int(*port, "containerPort", 0));
}

static void default_host_ports(jv *container)
{
	edit_items(container, "ports", default_host_port);
}

/* Two names of one field: the older one is always told, and asked where the newer one is missing. */
static void default_service_account(jv *spec)
{
	scoped(jv) jv name = jvs_at(*spec, "serviceAccountName"), older = jvs_at(*spec, "serviceAccount");

	if (jvs_is(name, JV_KIND_STRING))
		jvs_put(spec, "serviceAccount", jv_copy(name));
	else if (jvs_is(older, JV_KIND_STRING))
		jvs_put(spec, "serviceAccountName", jv_copy(older));
}

void pod_spec_default(jv *spec)
{
	edit_default_text(spec, "dnsPolicy", "ClusterFirst");
	edit_default_text(spec, "restartPolicy", "Always");
	edit_default_text(spec, "schedulerName", "default-scheduler");
	edit_default_int(spec, "terminationGracePeriodSeconds", 30);
	edit_default(spec, "securityContext", jv_object());
	default_service_account(spec);
	edit_items(spec, "containers", default_container);
	edit_items(spec, "initContainers", default_container);
	edit_items(spec, "ephemeralContainers", default_container);
	edit_items(spec, "volumes", default_volume);
	edit_object(spec, "overhead", round_amounts);
}

void pod_template_default(jv *template)
{
	edit_default(template, "spec", jv_object());
	edit_object(template, "spec", pod_spec_default);
}

static void request_limits(jv *resources)
{
	scoped(jv) jv limits = jvs_at(*resources, "limits");
	jv requests;

	if (!jvs_is(limits, JV_KIND_OBJECT))
		return;
	requests = edit_take(resources, "requests");
	if (!jvs_is(requests, JV_KIND_OBJECT))
		requests = jv_object();
	jv_object_foreach(limits, key, value)
	{
		edit_default(&requests, jv_string_value(key), value);
		jv_free(key);
	}
	jvs_put(resources, "requests", requests);
}

static void default_requests(jv *container)
{
	edit_object(container, "resources", request_limits);
}

void pod_spec_default_own(jv *spec)
{
	edit_default(spec, "enableServiceLinks", jv_true());
	edit_items(spec, "containers", default_requests);
	edit_items(spec, "initContainers", default_requests);
	if (jvs_get_bool(*spec, "hostNetwork", false)) {
		edit_items(spec, "containers", default_host_ports);
		edit_items(spec, "initContainers", default_host_ports);
	}
}
