/* klocal: the local cluster. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/files.h"
#include "base/mem.h"
#include "cluster/cluster.h"
#include "cluster/minder.h"
#include "formats/jvs.h"
#include "reach/place.h"
#include "roles.h"
#include "verb/options.h"

#pragma weak api_main
#pragma weak node_main
#pragma weak node_purge

struct klocal {
	char *name, *runtime, *timeout;
	int port, wait, purge, help, version;
	struct words words; /* the command and what follows it */
	struct cluster_options cluster;
};

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

static void print_rows(jv status)
{
	static const char *const rows[] = { "name", "running", "server", "socket", "kubeconfig", "runtime", "state" };
	scoped(jv) jv processes = jvs_at(status, "processes");

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		scoped(jv) jv value = jvs_at(status, rows[i]);
		scoped(buf) struct buf text = { 0 };

		if (jvs_is(value, JV_KIND_STRING))
			buf_add_text(&text, jvs_text(value));
		else
			jvs_print(value, &text);
		printf("%-12s%s\n", rows[i], buf_text(&text));
	}
	for (int i = 0; i < jvs_len(processes); i++) {
		scoped(jv) jv process = jvs_item(processes, i), name = jvs_at(process, "name");
		scoped_free char *state = jvs_get_text(process, "state");

		printf("%-12s%s, process %d, %d restarts\n", jvs_text(name), state, (int)jvs_get_int(process, "pid", 0),
			(int)jvs_get_int(process, "restarts", 0));
	}
}

static int status(struct klocal *klocal, struct err *err)
{
	scoped(jv) jv status = jv_null();
	scoped(buf) struct buf line = { 0 };

	if (cluster_status(klocal->name, &status, err) < 0)
		return -1;
	if (isatty(STDOUT_FILENO)) {
		print_rows(status);
	} else {
		jvs_print(status, &line);
		puts(buf_text(&line));
	}
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
	const struct strs *words = &klocal->words.before;

	for (size_t i = 0; words->len > 2 && i < sizeof acts / sizeof *acts; i++)
		if (strcmp(words->at[1], acts[i].word) == 0) {
			for (size_t n = 2; n < words->len; n++)
				if (acts[i].act(&klocal->cluster, words->at[n], err) < 0)
					return -1;
			return 0;
		}
	return err_set(err, ERR_USAGE, NULL, "nodes add|start|stop|rm NAME…");
}

static const struct {
	const char *word;
	int (*run)(struct klocal *klocal, struct err *err);
} commands[] = { { "up", up }, { "down", down }, { "status", status }, { "kubeconfig", kubeconfig },
	{ "nodes", nodes } };

static int run_command(struct klocal *klocal, struct err *err)
{
	const char *word = klocal->words.before.len ? klocal->words.before.at[0] : "";

	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
		if (strcmp(commands[i].word, word) == 0)
			return commands[i].run(klocal, err);
	return err_set(err, ERR_USAGE, NULL, "what to do: up, down, status, kubeconfig, images or nodes");
}

/* The roles: this program again, started by the minder (and the minder by `up`). */

static int role_minder(const char *const *argv, struct err *err)
{
	return minder_main(argv[0], ROLE_LIFELINE, err);
}

static int role_api(const char *const *argv, struct err *err)
{
	scoped_free char *state = place_state_dir(argv[0]), *socket = place_socket(argv[0]);
	struct api_options options = { .state_dir = state, .socket = socket, .port = atoi(argv[1]) };

	return api_main(&options, err);
}

static int role_control(const char *const *argv, struct err *err)
{
	scoped_free char *socket = place_socket(argv[0]), *state = place_state_dir(argv[0]);
	struct control_options options = { .state_dir = state, .socket = socket };

	return control_main(&options, err);
}

static int role_node(const char *const *argv, struct err *err)
{
	scoped_free char *socket = place_socket(argv[0]), *state = cluster_node_state_dir(argv[0], argv[1]);
	scoped_free char *run = cluster_node_run_dir(argv[0], argv[1]);
	struct node_options options = { .cluster = argv[0],
		.name = argv[1],
		.socket = socket,
		.runtime = argv[2],
		.state_dir = state,
		.run_dir = run };

	if (files_make_dir(state, err) < 0 || files_make_dir(run, err) < 0)
		return -1;
	return node_main(&options, err);
}

static const struct {
	const char *word;
	int args;
	int (*run)(const char *const *argv, struct err *err);
} roles[] = { { "minder", 1, role_minder }, { "api", 2, role_api }, { "control", 1, role_control },
	{ "node", 3, role_node } };

static int run_role(int argc, const char **argv)
{
	scoped(err) struct err err = { 0 };

	for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
		if (strcmp(roles[i].word, argv[0]) == 0 && roles[i].args == argc - 1) {
			signal(SIGPIPE, SIG_IGN);
			if (chdir("/") == 0 && roles[i].run(argv + 1, &err) == 0)
				return 0;
			fprintf(stderr, "%s: %s\n", argv[0], err_text(&err));
			return 1;
		}
	fprintf(stderr, "klocal: no such role\n");
	return ERR_USAGE;
}

static int run(struct klocal *klocal, struct err *err)
{
	int64_t timeout_ms = 0;

	if (!klocal->name)
		klocal->name = mem_dup(PLACE_DEFAULT);
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
	return run_command(klocal, err);
}

static void klocal_release(struct klocal *klocal)
{
	free(klocal->name);
	free(klocal->runtime);
	free(klocal->timeout);
	words_release(&klocal->words);
}

int main(int argc, const char **argv)
{
	scoped(klocal) struct klocal klocal = { 0 };
	scoped(err) struct err err = { 0 };
	const struct poptOption options[] = { OPTION_TEXT("name", '\0', &klocal.name,
						      "which cluster (default \"default\")", "NAME"),
		OPTION_TEXT("runtime", '\0', &klocal.runtime, "up: auto, engine[:SOCKET] or none", "RUNTIME"),
		{ "port", '\0', POPT_ARG_INT, &klocal.port, 0, "up: of the API on 127.0.0.1", "PORT" },
		OPTION_FLAG("wait", '\0', &klocal.wait, "up: until the nodes are ready too"),
		OPTION_TEXT("timeout", '\0', &klocal.timeout, "how long to wait (default 60s)", "DURATION"),
		OPTION_FLAG("purge", '\0', &klocal.purge, "down: remove containers, images and all state"),
		OPTION_FLAG("help", 'h', &klocal.help, "this text"),
		OPTION_FLAG("version", '\0', &klocal.version, "the version"), POPT_TABLEEND };

	umask(077);
	if (argc > 2 && strcmp(argv[1], "role") == 0)
		return run_role(argc - 2, argv + 2);
	if (options_parse(argc, argv, options, &klocal.words, &err) == 0) {
		if (klocal.help)
			options_help(stdout, "klocal", "up|down|status|kubeconfig|images|nodes …", options);
		else if (klocal.version)
			puts("klocal " PODLINE_VERSION);
		else
			run(&klocal, &err);
	}
	if (err.class)
		fprintf(stderr, "klocal: %s\n", err_text(&err));
	return err.class;
}
