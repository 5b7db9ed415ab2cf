#include "api/recorder.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "api/client.h"
#include "api/sender.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/map.h"
#include "base/mem.h"
#include "formats/jvs.h"

#define NS_PER_S INT64_C(1000000000)
#define AT_A_TIME 4
#define REMEMBERED 4096 /* events that can be counted on; then all are forgotten */

/* An event that was told already. */
struct told {
	char *name, *ns;
	unsigned count;
};

struct recorder {
	struct sender *sender;
	char *component, *host;
	struct map told; /* by what they say of what */
	int64_t last_ns; /* of the last event's name: names differ */
};

static void forget_all(struct recorder *recorder)
{
	const char *key;
	void *value;

	for (size_t at = 0; map_next(&recorder->told, &at, &key, &value);) {
		struct told *told = value;

		free(told->name);
		free(told->ns);
		free(told);
	}
	map_release(&recorder->told);
}

struct recorder *recorder_new(struct client *client, const char *component, const char *host)
{
	struct recorder *recorder = mem_alloc(sizeof *recorder);

	recorder->sender = sender_new(client, AT_A_TIME);
	recorder->component = mem_dup(component);
	recorder->host = mem_dup(host);
	return recorder;
}

void recorder_free(struct recorder *recorder)
{
	if (!recorder)
		return;
	sender_free(recorder->sender);
	forget_all(recorder);
	free(recorder->component);
	free(recorder->host);
	free(recorder);
}

static int64_t next_ns(struct recorder *recorder)
{
	int64_t now = clock_now_ns();

	recorder->last_ns = now > recorder->last_ns ? now : recorder->last_ns + 1;
	return recorder->last_ns;
}

static jv text_or_null(char *text)
{
	scoped_free char *taken = text;

	return taken ? jv_string(taken) : jv_null();
}

static jv reference(const struct about *about)
{
	static const char *const kept[] = { "namespace", "name", "uid", "resourceVersion" };
	jv ref = jvs_object("apiVersion", jv_string(about->api_version), "kind", jv_string(about->kind), NULL);
	scoped(jv) jv metadata = jvs_at(about->object, "metadata");

	for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
		scoped(jv) jv value = jvs_at(metadata, kept[i]);

		if (jvs_is(value, JV_KIND_STRING))
			jvs_put(&ref, kept[i], jv_copy(value));
	}
	if (about->field_path)
		jvs_put(&ref, "fieldPath", jv_string(about->field_path));
	return ref;
}

/* The namespace of events about it: "default" for what has none. The caller frees. */
static char *event_ns(const struct about *about)
{
	char *ns = jvs_get_text(about->object, "metadata.namespace");

	return ns ? ns : mem_dup("default");
}

static void post(struct recorder *recorder, const char *group, const char *ns, jv event)
{
	struct call call = { .method = "POST",
		.target = { .group = group, .version = "v1", .plural = "events", .ns = ns },
		.body = event };

	sender_send(recorder->sender, &call, NULL, NULL);
}

static void count_once_more(struct recorder *recorder, struct told *told, const char *now)
{
	struct call call = { .method = "PATCH",
		.patch = "merge",
		.target = { .version = "v1", .plural = "events", .ns = told->ns, .name = told->name } };

	told->count++;
	call.body = jvs_object("count", jv_number(told->count), "lastTimestamp", jv_string(now), NULL);
	sender_send(recorder->sender, &call, NULL, NULL);
}

/* The event that says the same of the same, to be counted on; NULL: it is new and remembered from here on. */
static struct told *told_before(struct recorder *recorder, const char *key, const char *ns, const char *name)
{
	struct told *told = map_get(&recorder->told, key);

	if (told)
		return told;
	if (recorder->told.count >= REMEMBERED)
		forget_all(recorder);
	told = mem_alloc(sizeof *told);
	*told = (struct told){ .name = mem_dup(name), .ns = mem_dup(ns), .count = 1 };
	map_set(&recorder->told, key, told);
	return NULL;
}

static char *event_name(struct recorder *recorder, const struct about *about, int64_t *ns)
{
	scoped_free char *name = jvs_get_text(about->object, "metadata.name");

	*ns = next_ns(recorder);
	return mem_printf("%s.%" PRIx64, name ? name : "", (uint64_t)*ns);
}

static void tell(
	struct recorder *recorder, const struct about *about, const char *type, const char *reason, const char *message)
{
	int64_t at;
	scoped_free char *ns = event_ns(about), *name = event_name(recorder, about, &at);
	scoped_free char *now = clock_format(at / NS_PER_S), *uid = jvs_get_text(about->object, "metadata.uid");
	scoped_free char *key = mem_printf("%s\n%s\n%s\n%s\n%s", uid ? uid : name,
		about->field_path ? about->field_path : "", type, reason, message);
	struct told *before = told_before(recorder, key, ns, name);
	jv event, source;

	if (before) {
		count_once_more(recorder, before, now);
		return;
	}
	source = jvs_object("component", jv_string(recorder->component), NULL);
	if (recorder->host)
		jvs_put(&source, "host", jv_string(recorder->host));
	event = jvs_object("apiVersion", jv_string("v1"), "kind", jv_string("Event"), "metadata",
		jvs_object("name", jv_string(name), "namespace", jv_string(ns), NULL), "involvedObject",
		reference(about), "reason", jv_string(reason), "message", jv_string(message), "source", source,
		"firstTimestamp", jv_string(now), "lastTimestamp", jv_string(now), "count", jv_number(1), "type",
		jv_string(type), "reportingComponent", jv_string(recorder->component), "reportingInstance",
		jv_string(recorder->host ? recorder->host : ""), NULL);
	post(recorder, NULL, ns, event);
}

void recorder_tell(struct recorder *recorder, const struct about *about, const char *type, const char *reason,
	const char *format, ...)
{
	scoped_free char *message = NULL;
	va_list args;

	va_start(args, format);
	message = mem_vprintf(format, args);
	va_end(args);
	tell(recorder, about, type, reason, message);
}

void recorder_tell_action(struct recorder *recorder, const struct about *about, const char *type, const char *reason,
	const char *action, const char *format, ...)
{
	int64_t at;
	scoped_free char *ns = event_ns(about), *name = event_name(recorder, about, &at), *note = NULL;
	scoped_free char *now = clock_format_micro(at);
	char host[65] = "";
	va_list args;

	va_start(args, format);
	note = mem_vprintf(format, args);
	va_end(args);
	gethostname(host, sizeof host - 1);
	post(recorder, "events.k8s.io", ns,
		jvs_object("apiVersion", jv_string("events.k8s.io/v1"), "kind", jv_string("Event"), "metadata",
			jvs_object("name", jv_string(name), "namespace", jv_string(ns), NULL), "regarding",
			reference(about), "reason", jv_string(reason), "action", jv_string(action), "note",
			jv_string(note), "type", jv_string(type), "eventTime", jv_string(now), "reportingController",
			jv_string(recorder->component), "reportingInstance",
			text_or_null(mem_printf("%s-%s", recorder->component, host)), NULL));
}
