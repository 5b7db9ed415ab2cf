/* krun: makes a pod from an image. */
#include "api/client.h"
#include "base/clock.h"
#include "base/mem.h"
#include "formats/jvs.h"
#include "formats/merge.h"
#include "verb/verb.h"
#include "verb/wanted.h"

static const struct verb_example examples[] = {
	{ "krun web --image=nginx --port=80 --wait --timeout=1m", "a pod, printed when it is ready" },
	{ "krun once --image=busybox --restart=Never -- echo hello", "a pod that runs one command" },
	{ 0 },
};

/* Where popt puts what was asked for; NULL where nothing was. */
struct krun {
	struct verb verb;
	const char *name;               /* of the pod and of its container */
	char *image, *port, *labels, *restart, *overrides, *pull_policy, *dry_run, *timeout;
	char **env, **annotations;
	int command, wait;
	int64_t deadline_ms;            /* 0: none */
};

/* "KEY=VALUE". *key is owned, *value lent. 0 or -1. */
static int split_pair(const char *pair, const char *option, char **key, const char **value, struct err *err)
{
	const char *equals = strchr(pair, '=');

	if (!equals || equals == pair)
		return err_set(err, ERR_USAGE, NULL, "--%s=%s: KEY=VALUE is wanted", option, pair);
	*key = mem_dup_n(pair, (size_t)(equals - pair));
	*value = equals + 1;
	return 0;
}

static int put_pairs(jv *map, char **pairs, const char *option, struct err *err)
{
	for (; pairs && *pairs; pairs++) {
		scoped_free char *key = NULL;
		const char *value;

		if (split_pair(*pairs, option, &key, &value, err) < 0)
			return -1;
		jvs_put(map, key, jv_string(value));
	}
	return 0;
}

static int build_metadata(const struct krun *krun, jv *metadata, struct err *err)
{
	scoped(strs) struct strs pairs = { 0 };
	scoped(jv) jv labels = jv_object(), annotations = jv_object();

	if (krun->labels)
		strs_split(&pairs, krun->labels, ',');
	else
		strs_printf(&pairs, "run=%s", krun->name);
	if (put_pairs(&labels, pairs.at, "labels", err) < 0 ||
		put_pairs(&annotations, krun->annotations, "annotations", err) < 0)
		return -1;
	*metadata = jvs_object("name", jv_string(krun->name), "labels", jv_copy(labels), NULL);
	if (krun->annotations)
		jvs_put(metadata, "annotations", jv_copy(annotations));
	return 0;
}

static int build_env(const struct krun *krun, jv *list, struct err *err)
{
	*list = jv_array();
	for (char **pair = krun->env; *pair; pair++) {
		scoped_free char *name = NULL;
		const char *value;

		if (split_pair(*pair, "env", &name, &value, err) < 0)
			return -1;
		*list = jv_array_append(*list, jvs_object("name", jv_string(name), "value", jv_string(value), NULL));
	}
	return 0;
}

/* What runs in it: the words behind the pod's name. */
static jv words_array(const struct words *words)
{
	jv array = jv_array();

	for (size_t i = 1; i < words->before.len; i++)
		array = jv_array_append(array, jv_string(words->before.at[i]));
	for (size_t i = 0; i < words->after.len; i++)
		array = jv_array_append(array, jv_string(words->after.at[i]));
	return array;
}

static int build_container(const struct krun *krun, jv *container, struct err *err)
{
	char *end;
	long port = krun->port ? strtol(krun->port, &end, 10) : 0;
	scoped(jv) jv words = words_array(&krun->verb.words);

	if (krun->port && (*end || end == krun->port))
		return err_set(err, ERR_USAGE, NULL, "--port=%s: a number is wanted", krun->port);
	*container = jvs_object("name", jv_string(krun->name), "image", jv_string(krun->image), NULL);
	if (krun->pull_policy)
		jvs_set_text(container, "imagePullPolicy", krun->pull_policy);
	if (jvs_len(words))
		jvs_put(container, krun->command ? "command" : "args", jv_copy(words));
	if (krun->port)
		jvs_put(container, "ports", JV_ARRAY(jvs_object("containerPort", jv_number((double)port), NULL)));
	if (krun->env) {
		scoped(jv) jv env = jv_null();

		if (build_env(krun, &env, err) < 0)
			return -1;
		jvs_put(container, "env", jv_copy(env));
	}
	return 0;
}

/* The pod as it is sent. 0 with *pod, owned, or -1. */
static int build_pod(const struct krun *krun, jv *pod, struct err *err)
{
	scoped(jv) jv metadata = jv_null(), container = jv_null(), overrides = jv_null();

	if (build_metadata(krun, &metadata, err) < 0 || build_container(krun, &container, err) < 0)
		return -1;
	if (krun->overrides && jvs_parse(slice_of(krun->overrides), &overrides, err) < 0)
		return err_set(err, ERR_USAGE, NULL, "--overrides is no JSON");
	*pod = jvs_object("apiVersion", jv_string("v1"), "kind", jv_string("Pod"), "metadata", jv_copy(metadata), NULL);
	jvs_set(pod, "spec.containers", JV_ARRAY(jv_copy(container)));
	if (krun->restart)
		jvs_set_text(pod, "spec.restartPolicy", krun->restart);
	if (krun->overrides) {
		scoped(jv) jv plain = *pod;

		*pod = merge_patch(plain, overrides);
	}
	return 0;
}

/* 1 where the pod is ready, or came to its end as it should. */
static int is_up(const struct wanted *ready, struct slice bytes, struct err *err)
{
	scoped(jv) jv pod = jv_null();

	if (jvs_parse(bytes, &pod, err) < 0)
		return -1;
	return jvs_get_is(pod, "status.phase", "Succeeded") ? 1 : wanted_test(ready, pod, err);
}

static int up_in_vain(const struct krun *krun, struct err *err)
{
	if (err->class == ERR_TIMEOUT)
		return err_set(err, ERR_TIMEOUT, NULL, "pods \"%s\" is not ready after %s", krun->name, krun->timeout);
	return err_wrap(err, "waiting for pods \"%s\"", krun->name);
}

/* Prints the pod when it is up. 0 or -1. */
static int wait_for(struct krun *krun, const char *ns, struct err *err)
{
	struct stream_options one = {
		.version = "v1", .plural = "pods", .ns = ns, .name = krun->name, .watch = true,
		.timeout_ms = krun->verb.timeout_ms,
	};
	scoped_ptr(stream) struct stream *stream = stream_new(krun->verb.client, &one);
	scoped_ptr(wanted) struct wanted *ready = NULL;
	scoped(buf) struct buf pod = { 0 };
	struct stream_event event;
	int up = wanted_parse("ready", NULL, &ready, err);

	while (up == 0 && (up = stream_next(stream, &event, krun->deadline_ms, err)) > 0) {
		buf_clear(&pod);
		stream_event_print(&event, &pod);
		if (event.type == STREAM_DELETED)
			up = err_set(err, ERR_HOPELESS, NULL, "it was deleted");
		else
			up = is_up(ready, buf_slice(&pod), err);
	}
	if (up < 0)
		return up_in_vain(krun, err);
	verb_print(&krun->verb, "ADDED", buf_slice(&pod));
	return 0;
}

static int create(struct krun *krun, jv pod, struct err *err)
{
	bool dry = strcmp(krun->dry_run, "server") == 0;
	struct call call = {
		.method = "POST",
		.target = {
			.version = "v1",
			.plural = "pods",
			.query = dry ? "fieldValidation=Strict&dryRun=All" : "fieldValidation=Strict",
		},
		.body = jv_copy(pod),
	};
	scoped(jv) jv made = jv_null();
	struct client *client = verb_client(&krun->verb, err);

	call.target.ns = client ? verb_namespace(&krun->verb) : NULL;
	if (!client || client_call(client, &call, &made, err) < 0)
		return -1;
	if (krun->wait && !dry)
		return wait_for(krun, call.target.ns, err);
	verb_print_value(&krun->verb, "ADDED", made);
	return 0;
}

static int run(struct krun *krun, struct err *err)
{
	scoped(jv) jv pod = jv_null();
	int64_t ms = 0;

	if (!krun->verb.words.before.len)
		return err_set(err, ERR_USAGE, NULL, "the pod needs a name");
	krun->name = krun->verb.words.before.at[0];
	if (!krun->image)
		return err_set(err, ERR_USAGE, NULL, "--image says what runs in it");
	if (krun->timeout && clock_parse_duration(krun->timeout, &ms, err) < 0)
		return err_wrap(err, "--timeout=%s", krun->timeout);
	krun->deadline_ms = ms ? clock_ms() + ms : 0;
	krun->verb.output.many = false;
	if (build_pod(krun, &pod, err) < 0)
		return -1;
	if (strcmp(krun->dry_run, "client") != 0)
		return create(krun, pod, err);
	verb_print_value(&krun->verb, "ADDED", pod);
	return 0;
}

int main(int argc, const char **argv)
{
	struct krun krun = {
		.verb = {
			.name = "krun",
			.about = "make a pod from an image",
			.usage = "[OPTION...] NAME --image=IMAGE [-- ARGUMENT...]",
			.examples = examples,
			.acts = true,
			.takes_words = true,
		},
		.dry_run = "none",
	};
	struct poptOption options[] = {
		OPTION_TEXT("image", '\0', &krun.image, "what runs in it", "IMAGE"),
		OPTION_TEXTS("env", '\0', &krun.env, "set this in its environment", "KEY=VALUE"),
		OPTION_TEXT("port", '\0', &krun.port, "the port on which it listens", "PORT"),
		OPTION_TEXT("labels", 'l', &krun.labels, "in place of run=NAME", "KEY=VALUE,..."),
		OPTION_TEXTS("annotations", '\0', &krun.annotations, "annotate it", "KEY=VALUE"),
		OPTION_TEXT("restart", '\0', &krun.restart, "when it is started again", "Always|OnFailure|Never"),
		OPTION_FLAG("command", '\0', &krun.command, "the words are the command, not the image's arguments"),
		OPTION_TEXT("image-pull-policy", '\0', &krun.pull_policy, "when the image is fetched",
			"Always|IfNotPresent|Never"),
		OPTION_TEXT("overrides", '\0', &krun.overrides, "put this JSON over the pod (a merge patch)", "JSON"),
		OPTION_CHOICE("dry-run", '\0', &krun.dry_run, "print it and make none", "client|server|none"),
		OPTION_FLAG("wait", '\0', &krun.wait, "until it is ready, and print it then"),
		OPTION_TEXT("timeout", '\0', &krun.timeout, "wait no longer than this", "DURATION"),
		OPTION_TEXT("namespace", 'n', &krun.verb.which.ns, "in this namespace, not in the context's", "NAME"),
		VERB_OPTIONS_WITHOUT_OBJECTS(&krun.verb),
	};
	scoped(err) struct err err = { 0 };

	if (verb_start(&krun.verb, argc, argv, options) == 0 && run(&krun, &err) < 0)
		verb_fail(&krun.verb, &err);
	return verb_end(&krun.verb);
}
