/* klocal: the local cluster. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "cluster/cluster.h"
#include "cluster/images.h"
#include "cluster/runrole.h"
#include "formats/jvs.h"
#include "reach/place.h"
#include "verb/verb.h"

struct klocal {
	struct verb verb;
	const char *name, *runtime, *timeout, *tag;
	int port, wait, purge;
	struct cluster_options cluster;
};

static const char *word(const struct klocal *klocal, size_t index)
{
	return index < klocal->verb.words.before.len ? klocal->verb.words.before.at[index] : "";
}

static int say(const struct klocal *klocal, const char *what)
{
	fprintf(stderr, "klocal: cluster \"%s\" %s\n", klocal->name, what);
	return 0;
}

static int up(struct klocal *klocal, struct err *err)
{
	bool was_running;

	if (cluster_up(&klocal->cluster, &was_running, err) < 0)
		return -1;
	return say(klocal, was_running ? "is running already" : "is up");
}

static int down(struct klocal *klocal, struct err *err)
{
	bool was_running;

	if (cluster_down(&klocal->cluster, klocal->purge, &was_running, err) < 0)
		return -1;
	return say(klocal, klocal->purge ? "is removed" : was_running ? "is down" : "was not running");
}

static void print_row(const char *name, jv value)
{
	scoped(buf) struct buf text = { 0 };

	if (jvs_is(value, JV_KIND_STRING))
		buf_add_text(&text, jvs_text(value));
	else
		jvs_print(value, &text);
	printf("%-12s%s\n", name, buf_text(&text));
}

static void print_process(jv process)
{
	scoped_free char *name = jvs_get_text(process, "name"), *state = jvs_get_text(process, "state");

	printf("%-12s%s, process %d, restarts %d\n", name, state, (int)jvs_get_int(process, "pid", 0),
		(int)jvs_get_int(process, "restarts", 0));
}

static void print_node(jv node)
{
	scoped(jv) jv notes = jvs_get(node, "engine.notes");
	scoped_free char *name = jvs_get_text(node, "name"), *engine = jvs_get_text(node, "engine.version");

	if (engine)
		printf("%-12s%s, %s\n", "engine", name, engine);
	for (int i = 0; i < jvs_len(notes); i++) {
		scoped(jv) jv note = jvs_item(notes, i);

		printf("%-12s%s, %s\n", "note", name, jvs_text(note));
	}
}

static void print_each(jv array, void (*print)(jv item))
{
	for (int i = 0; i < jvs_len(array); i++) {
		scoped(jv) jv item = jvs_item(array, i);

		print(item);
	}
}

static void print_status(jv status)
{
	static const char *const rows[] = { "name", "running", "server", "socket", "kubeconfig", "runtime", "state" };
	scoped(jv) jv processes = jvs_at(status, "processes"), nodes = jvs_at(status, "nodes");

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		scoped(jv) jv value = jvs_at(status, rows[i]);

		print_row(rows[i], value);
	}
	print_each(processes, print_process);
	print_each(nodes, print_node);
}

static int status(struct klocal *klocal, struct err *err)
{
	scoped(jv) jv status = jv_null();

	if (cluster_status(klocal->name, &status, err) < 0)
		return -1;
	if (klocal->verb.output.form == OUTPUT_TABLE && !klocal->verb.output.filter)
		print_status(status);
	else
		verb_print_value(&klocal->verb, "ADDED", status);
	if (!jvs_get_bool(status, "running", false))
		return err_set(err, ERR_UNREACHABLE, NULL, "cluster \"%s\" is not running", klocal->name);
	return 0;
}

static int kubeconfig(struct klocal *klocal, struct err *err)
{
	scoped_free char *path = place_kubeconfig(klocal->name);

	if (access(path, R_OK) < 0)
		return err_set(err, ERR_NOT_FOUND, NULL, "cluster \"%s\" has no kubeconfig yet: klocal up makes it",
			klocal->name);
	puts(path);
	return 0;
}

static int nodes(struct klocal *klocal, struct err *err)
{
	static const struct {
		const char *word;
		int (*act)(const struct cluster_options *options, const char *node, struct err *err);
	} acts[] = { { "add", cluster_node_start }, { "start", cluster_node_start }, { "stop", cluster_node_stop },
		{ "rm", cluster_node_remove } };

	for (size_t i = 0; *word(klocal, 2) && i < sizeof acts / sizeof *acts; i++) {
		if (strcmp(word(klocal, 1), acts[i].word) != 0)
			continue;
		for (size_t n = 2; *word(klocal, n); n++)
			if (acts[i].act(&klocal->cluster, word(klocal, n), err) < 0)
				return -1;
		return 0;
	}
	return err_set(err, ERR_USAGE, NULL, "nodes: say add, start, stop or rm, and which");
}

/* The engine's own words, for who watches. */
static void heard(void *arg, struct slice said)
{
	scoped(jv) jv object = jv_null();
	scoped_free char *text = NULL;

	(void)arg;
	if (jvs_parse(said, &object, NULL) == 0 && (text = jvs_get_text(object, "stream")))
		fputs(text, stderr);
}

static const struct images_ear ear = { .heard = heard };

static int load_images(struct klocal *klocal, const char *socket, struct err *err)
{
	if (!*word(klocal, 2))
		return err_set(err, ERR_USAGE, NULL, "images load: say which files");
	for (size_t i = 2; *word(klocal, i); i++)
		if (images_load(socket, word(klocal, i), &ear, err) < 0)
			return -1;
	return 0;
}

static int build_image(struct klocal *klocal, const char *socket, struct err *err)
{
	if (!*word(klocal, 2) || *word(klocal, 3) || !klocal->tag)
		return err_set(err, ERR_USAGE, NULL, "images build: say the folder of the Dockerfile, and --tag");
	return images_build(socket, word(klocal, 2), klocal->tag, &ear, err);
}

static int list_images(struct klocal *klocal, const char *socket, struct err *err)
{
	scoped(jv) jv images = jv_null();

	if (images_list(socket, &images, err) < 0)
		return -1;
	for (int i = 0; i < jvs_len(images); i++) {
		scoped(jv) jv image = jvs_item(images, i);

		verb_print_value(&klocal->verb, "ADDED", image);
	}
	return 0;
}

static int images(struct klocal *klocal, struct err *err)
{
	static const struct {
		const char *word;
		int (*run)(struct klocal *klocal, const char *socket, struct err *err);
	} acts[] = { { "load", load_images }, { "build", build_image }, { "list", list_images } };
	scoped_free char *socket = NULL;

	for (size_t i = 0; i < sizeof acts / sizeof *acts; i++)
		if (strcmp(word(klocal, 1), acts[i].word) == 0)
			return images_socket(klocal->name, &socket, err) < 0 ? -1 : acts[i].run(klocal, socket, err);
	return err_set(err, ERR_USAGE, NULL, "images: say load, build or list");
}

static int run(struct klocal *klocal, struct err *err)
{
	static const struct {
		const char *word;
		int (*run)(struct klocal *klocal, struct err *err);
	} commands[] = { { "up", up }, { "down", down }, { "status", status }, { "kubeconfig", kubeconfig },
		{ "images", images }, { "nodes", nodes } };
	int64_t timeout_ms = 0;

	if (!klocal->name)
		klocal->name = PLACE_DEFAULT;
	if (place_check_name(klocal->name, err) < 0 ||
		clock_parse_duration(klocal->timeout ? klocal->timeout : "60s", &timeout_ms, err) < 0)
		return -1;
	if (klocal->port < 0 || klocal->port > 65535)
		return err_set(err, ERR_USAGE, NULL, "--port=%d: it can be 1 to 65535", klocal->port);
	klocal->cluster = (struct cluster_options){ .name = klocal->name,
		.runtime = klocal->runtime,
		.port = klocal->port,
		.wait = klocal->wait,
		.timeout_ms = timeout_ms };
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
		if (strcmp(word(klocal, 0), commands[i].word) == 0)
			return commands[i].run(klocal, err);
	return err_set(err, ERR_USAGE, NULL, "say what to do: up, down, status, kubeconfig, images or nodes");
}

int main(int argc, const char **argv)
{
	static const struct verb_example examples[] = {
		{ "klocal up", "start the cluster of this machine" },
		{ "export KUBECONFIG=$(klocal --name demo kubeconfig)", "let every client talk to the cluster demo" },
		{ "klocal images build . --tag web:1", "make an image that its pods can use" },
		{ NULL, NULL },
	};
	static const struct verb_words words[] = {
		{ "", "up|down|status|kubeconfig|images|nodes" },
		{ "images", "load|build|list" },
		{ "nodes", "add|start|stop|rm" },
		{ NULL, NULL },
	};
	struct klocal klocal = { .verb = { .name = "klocal",
							.about = "the local cluster",
							.usage = "up|down|status|kubeconfig|images "
								 "load|build|list|nodes add|start|stop|rm",
							.examples = examples,
							.takes_words = true,
							.offers = words } };
	const struct poptOption options[] = { OPTION_TEXT("name", '\0', &klocal.name,
						      "which of several clusters (default)", "NAME"),
		OPTION_TEXT(
			"runtime", '\0', &klocal.runtime, "up: how containers are run", "auto|engine[:SOCKET]|none"),
		{ "port", '\0', POPT_ARG_INT, &klocal.port, 0, "up: where the API listens on 127.0.0.1", "PORT" },
		OPTION_FLAG("wait", '\0', &klocal.wait, "up: wait until the nodes are ready, too"),
		OPTION_TEXT("timeout", '\0', &klocal.timeout, "how long to wait (60s)", "DURATION"),
		OPTION_FLAG("purge", '\0', &klocal.purge, "down: remove containers and all state, too"),
		OPTION_TEXT("tag", 't', &klocal.tag, "images build: the image's name", "NAME"),
		VERB_OPTIONS_WITHOUT_OBJECTS(&klocal.verb) };
	scoped(err) struct err err = { 0 };

	umask(077);
	if (argc > 2 && strcmp(argv[1], "role") == 0)
		return runrole(argc - 2, argv + 2);
	if (verb_start(&klocal.verb, argc, argv, options) < 0)
		return verb_end(&klocal.verb);
	if (run(&klocal, &err) < 0)
		verb_fail(&klocal.verb, &err);
	return verb_end(&klocal.verb);
}
