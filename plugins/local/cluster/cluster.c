#include "cluster/cluster.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/files.h"
#include "base/mem.h"
#include "base/proc.h"
#include "base/strs.h"
#include "cluster/access.h"
#include "cluster/asking.h"
#include "cluster/certs.h"
#include "cluster/minder.h"
#include "cluster/reach.h"
#include "cluster/settings.h"
#include "formats/jvs.h"
#include "reach/place.h"
#include "roles.h"


#define FIRST_PORT 6443
#define API_TRIES 3 /* starts of the API that fail before `up` gives in */
#define DOWN_LIMIT_MS 30000
#define LOG_TAIL 65536

char *cluster_node_state_dir(const char *name, const char *node)
{
	scoped_free char *dir = place_state_dir(name);

	return mem_printf("%s/nodes/%s", dir, node);
}

char *cluster_node_run_dir(const char *name, const char *node)
{
	scoped_free char *dir = place_run_dir(name);

	return mem_printf("%s/nodes/%s", dir, node);
}

/* The lock lies beside the run folder, so that a purge does not take it away from under one who waits. */
static int lock(const char *name, struct err *err)
{
	scoped_free char *run_dir = place_run_dir(name), *path = mem_printf("%s.lock", run_dir);
	scoped_fd int fd = -1;

	if (files_make_dir(run_dir, err) < 0)
		return -1;
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return err_errno(err, "opening %s", path);
	while (flock(fd, LOCK_EX) < 0)
		if (errno != EINTR)
			return err_errno(err, "locking %s", path);
	return steal_fd(&fd);
}

/* Folders that were there already must be ours: /tmp is everybody's. */
static int own_dir(const char *path, struct err *err)
{
	struct stat st;

	if (files_make_dir(path, err) < 0)
		return -1;
	if (lstat(path, &st) < 0)
		return err_errno(err, "looking at %s", path);
	if (!S_ISDIR(st.st_mode) || st.st_uid != geteuid())
		return err_set(err, ERR_FAILED, NULL, "%s is not a folder of this user", path);
	return chmod(path, 0700) < 0 ? err_errno(err, "closing %s to others", path) : 0;
}

static int make_dirs(const char *name, struct err *err)
{
	scoped_free char *state = place_state_dir(name), *run = place_run_dir(name),
			 *logs = mem_printf("%s/logs", state);

	return own_dir(state, err) < 0 || own_dir(run, err) < 0 || own_dir(logs, err) < 0 ? -1 : 0;
}

static int choose_settings(const struct cluster_options *options, const char *state_dir, struct err *err)
{
	scoped(settings) struct settings settings = { 0 };
	scoped_free char *node = access_name(options->name);

	if (settings_load(state_dir, &settings, err) < 0)
		return -1;
	if (options->port)
		settings.port = options->port;
	if (!settings.port)
		settings.port = settings_free_port(strcmp(options->name, PLACE_DEFAULT) == 0 ? FIRST_PORT : 0);
	if (options->runtime || !settings.runtime) {
		free(settings.runtime);
		settings.runtime = mem_dup(options->runtime ? options->runtime : "auto");
	}
	if (!settings_has_node(&settings, node))
		settings_set_node(&settings, node, false);
	if (settings_save(state_dir, &settings, err) < 0)
		return -1;
	return access_write(options->name, settings.port, err);
}

/* The minder's listening socket, made before it: whoever connects is served as soon as it runs. */
static int listen_for_minder(const char *name, struct err *err)
{
	scoped_free char *path = minder_socket(name);
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	scoped_fd int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (strlen(path) >= sizeof at.sun_path)
		return err_set(err, ERR_FAILED, NULL, "%s: too long for a socket's path", path);
	memcpy(at.sun_path, path, strlen(path));
	unlink(path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) < 0 || listen(fd, 64) < 0)
		return err_errno(err, "listening on %s", path);
	return steal_fd(&fd);
}

static int start_minder(const char *name, const char *state_dir, struct err *err)
{
	const char *argv[] = { "klocal", "role", "minder", name, NULL };
	scoped_free char *log = mem_printf("%s/logs/minder.log", state_dir);
	scoped_fd int listener = listen_for_minder(name, err);
	scoped_fd int out = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
	struct proc proc = { .argv = argv,
		.file = "/proc/self/exe",
		.in = -1,
		.out = out,
		.err = out,
		.keep = listener,
		.new_session = 1 };

	if (listener < 0)
		return -1;
	if (out < 0)
		return err_errno(err, "opening %s", log);
	return proc_start(&proc, err) < 0 ? -1 : 0;
}

static int start(const struct cluster_options *options, struct err *err)
{
	scoped_free char *state_dir = place_state_dir(options->name);

	if (certs_ensure(state_dir, err) < 0 || choose_settings(options, state_dir, err) < 0)
		return -1;
	return start_minder(options->name, state_dir, err);
}

/* The last line of a role's log, for who wants to know why it does not start. The caller frees. */
static char *last_words(const char *name, const char *role)
{
	scoped_free char *state_dir = place_state_dir(name), *path = mem_printf("%s/logs/%s.log", state_dir, role);
	scoped_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	scoped(buf) struct buf text = { 0 };
	scoped(strs) struct strs lines = { 0 };
	off_t end = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);

	if (fd < 0)
		return mem_dup("it left no word");
	lseek(fd, end > LOG_TAIL ? end - LOG_TAIL : 0, SEEK_SET);
	while (buf_read(&text, fd) > 0)
		;
	strs_split(&lines, buf_text(&text), '\n');
	return mem_dup(lines.len ? lines.at[lines.len - 1] : "it left no word");
}

/* How far the processes are: 1 as wanted, 0 not yet (*late: one that is not ready, the caller frees), -1 the api cannot
 * be started. all: its clients are wanted too. */
static int progress(const char *name, jv status, bool all, char **late, struct err *err)
{
	scoped(jv) jv processes = jvs_at(status, "processes");

	for (int i = 0; i < jvs_len(processes); i++) {
		scoped(jv) jv process = jvs_item(processes, i);
		bool api = jvs_get_is(process, "name", "api");

		if (jvs_get_is(process, "state", "ready") || jvs_get_is(process, "state", "off") || (!api && !all))
			continue;
		if (api && jvs_get_int(process, "restarts", 0) >= API_TRIES) {
			scoped_free char *words = last_words(name, "api");

			return err_set(err, ERR_FAILED, NULL, "the API does not start: %s", words);
		}
		*late = jvs_get_text(process, "name");
		return 0;
	}
	return jvs_len(processes) ? 1 : 0;
}

static int wait_processes(const char *name, bool all, int64_t deadline, struct err *err)
{
	scoped_fd int fd = asking_open(name, err);
	scoped_free char *late = NULL;

	if (fd < 0 || asking_send(fd, "follow", err) < 0)
		return -1;
	for (;;) {
		scoped(jv) jv status = jv_null();
		int got = asking_next(fd, deadline, &status, err);

		if (got == 0)
			return err_set(err, ERR_FAILED, NULL, "the minder has ended: see its log");
		if (got < 0 && late && err->class == ERR_TIMEOUT)
			return err_set(err, ERR_TIMEOUT, NULL, "cluster \"%s\": %s is not ready in time", name, late);
		if (got < 0)
			return -1;
		free(steal(late));
		got = progress(name, status, all, &late, err);
		if (got)
			return got < 0 ? -1 : 0;
	}
}

/* All of it: the other processes, then the nodes as the API has them. */
static int wait_ready(const char *name, int64_t deadline, struct err *err)
{
	scoped_free char *state_dir = place_state_dir(name);
	scoped(settings) struct settings settings = { 0 };

	if (wait_processes(name, true, deadline, err) < 0 || settings_load(state_dir, &settings, err) < 0)
		return -1;
	return reach_wait_nodes(name, settings.nodes, deadline, err);
}

/* Another runtime than the one that a running cluster has would be silently ignored. */
static int check_same(const struct cluster_options *options, struct err *err)
{
	scoped_free char *state_dir = place_state_dir(options->name);
	scoped(settings) struct settings settings = { 0 };

	if (settings_load(state_dir, &settings, err) < 0)
		return -1;
	if (options->runtime && settings.runtime && strcmp(options->runtime, settings.runtime) != 0)
		return err_set(err, ERR_CONFLICT, NULL, "cluster \"%s\" runs already with --runtime=%s", options->name,
			settings.runtime);
	if (options->port && options->port != settings.port)
		return err_set(err, ERR_CONFLICT, NULL, "cluster \"%s\" runs already on port %d", options->name,
			settings.port);
	return 0;
}

/* Ends what the minder minds and waits for its own end; one that does not come to it is killed, and its roles go with
 * it. 0 or -1. */
static int end_minder(int fd, struct err *err)
{
	int64_t deadline = clock_ms() + DOWN_LIMIT_MS;
	int got = asking_send(fd, "down", err) < 0 ? -1 : 1;

	while (got > 0) {
		scoped(jv) jv status = jv_null();

		got = asking_next(fd, deadline, &status, err);
	}
	if (got == 0)
		return 0;
	return asking_pid(fd) > 0 && kill(asking_pid(fd), SIGKILL) == 0 ? 0 : err_wrap(err, "ending the minder");
}

/* Under the lock: starts it unless it runs, and waits for its API; what does not come to that is ended again. */
static int start_once(const struct cluster_options *options, int64_t deadline, bool *was_running, struct err *err)
{
	scoped_fd int locked = lock(options->name, err), running = -1;

	if (locked < 0 || make_dirs(options->name, err) < 0)
		return -1;
	running = asking_open(options->name, NULL);
	*was_running = running >= 0;
	if (*was_running ? check_same(options, err) < 0 : start(options, err) < 0)
		return -1;
	if (wait_processes(options->name, false, deadline, err) == 0)
		return 0;
	if (!*was_running && (running = asking_open(options->name, NULL)) >= 0)
		end_minder(running, NULL);
	return -1;
}

int cluster_up(const struct cluster_options *options, bool *was_running, struct err *err)
{
	int64_t deadline = clock_ms() + options->timeout_ms;

	if (start_once(options, deadline, was_running, err) < 0)
		return -1;
	return options->wait ? wait_ready(options->name, deadline, err) : 0;
}

static int purge_all(const char *name, struct err *err)
{
	scoped_free char *state = place_state_dir(name), *run = place_run_dir(name), *socket = place_socket(name);
	scoped(settings) struct settings settings = { 0 };
	struct node_options node = { .cluster = name, .socket = socket, .state_dir = state, .run_dir = run };

	if (settings_load(state, &settings, err) < 0)
		return -1;
	node.runtime = settings.runtime ? settings.runtime : "none";
	if (node_purge(&node, err) < 0)
		return -1;
	return files_remove_tree(run, err) < 0 || files_remove_tree(state, err) < 0 ? -1 : 0;
}

int cluster_down(const struct cluster_options *options, bool purge, bool *was_running, struct err *err)
{
	scoped_fd int locked = lock(options->name, err), running = -1;

	if (locked < 0)
		return -1;
	running = asking_open(options->name, NULL);
	*was_running = running >= 0;
	if (*was_running && end_minder(running, err) < 0)
		return -1;
	return purge ? purge_all(options->name, err) : 0;
}

/* What the node said of its runtime (roles.h); null where it said nothing. */
static jv node_runtime(const char *name, const char *node)
{
	scoped_free char *dir = cluster_node_run_dir(name, node), *path = mem_printf("%s/" ROLE_RUNTIME_FILE, dir);
	scoped(buf) struct buf text = { 0 };
	jv runtime = jv_null();

	if (buf_read_file(&text, path, LOG_TAIL) == 0)
		jvs_parse(buf_slice(&text), &runtime, NULL);
	return runtime;
}

static jv nodes_status(const char *name, const struct settings *settings)
{
	jv nodes = jv_array();

	if (!jvs_is(settings->nodes, JV_KIND_OBJECT))
		return nodes;
	jv_object_foreach(settings->nodes, key, value)
	{
		scoped(jv) jv node = key, row = value;

		nodes = jv_array_append(nodes,
			jvs_object("name", jv_copy(node), "stopped", jv_bool(jvs_get_bool(row, "stopped", false)),
				"engine", node_runtime(name, jv_string_value(node)), NULL));
	}
	return nodes;
}

int cluster_status(const char *name, jv *status, struct err *err)
{
	scoped_free char *state_dir = place_state_dir(name), *socket = place_socket(name);
	scoped_free char *kubeconfig = place_kubeconfig(name);
	scoped(settings) struct settings settings = { 0 };
	scoped_fd int fd = asking_open(name, NULL);
	scoped(jv) jv minder = jv_null();

	*status = jv_null();
	if (settings_load(state_dir, &settings, err) < 0)
		return -1;
	if (fd >= 0 &&
		(asking_send(fd, "status", err) < 0 || asking_next(fd, clock_ms() + DOWN_LIMIT_MS, &minder, err) < 0))
		return -1;
	*status = jvs_object("name", jv_string(name), "running", jv_bool(jvs_is(minder, JV_KIND_OBJECT)), "pid",
		jvs_at(minder, "pid"), "processes", jvs_at(minder, "processes"), "port", jv_number(settings.port),
		"server", jv_string_fmt("https://127.0.0.1:%d", settings.port), "socket", jv_string(socket),
		"kubeconfig", jv_string(kubeconfig), "runtime", jv_string(settings.runtime ? settings.runtime : "auto"),
		"nodes", nodes_status(name, &settings), "state", jv_string(state_dir), NULL);
	return 0;
}

/* Asks and waits until the node's process is in one of two states. */
static int change_node(const struct cluster_options *options, const char *request, const char *node, const char *until,
	struct err *err)
{
	int64_t deadline = clock_ms() + options->timeout_ms;
	scoped_free char *words = mem_printf("%s %s", request, node), *name = mem_printf("node %s", node);
	scoped_fd int fd = -1;

	if (place_check_name(node, err) < 0 || (fd = asking_open(options->name, err)) < 0 ||
		asking_send(fd, words, err) < 0 || asking_send(fd, "follow", err) < 0)
		return -1;
	for (;;) {
		scoped(jv) jv status = jv_null(), processes = jv_null();
		int got = asking_next(fd, deadline, &status, err);

		if (got <= 0)
			return got < 0 ? -1 : err_set(err, ERR_FAILED, NULL, "the minder has ended: see its log");
		processes = jvs_at(status, "processes");
		for (int i = 0; i < jvs_len(processes); i++) {
			scoped(jv) jv process = jvs_item(processes, i);

			if (jvs_get_is(process, "name", name) && jvs_get_is(process, "state", until))
				return 0;
		}
	}
}

int cluster_node_start(const struct cluster_options *options, const char *node, struct err *err)
{
	return change_node(options, "node-start", node, "ready", err);
}

static int need_node(const struct cluster_options *options, const char *node, struct err *err)
{
	scoped_free char *state_dir = place_state_dir(options->name);
	scoped(settings) struct settings settings = { 0 };

	if (settings_load(state_dir, &settings, err) < 0)
		return -1;
	if (!settings_has_node(&settings, node))
		return err_set(err, ERR_NOT_FOUND, "NotFound", "node \"%s\" not found", node);
	return 0;
}

int cluster_node_stop(const struct cluster_options *options, const char *node, struct err *err)
{
	return need_node(options, node, err) < 0 ? -1 : change_node(options, "node-stop", node, "off", err);
}

int cluster_node_remove(const struct cluster_options *options, const char *node, struct err *err)
{
	scoped_free char *state = cluster_node_state_dir(options->name, node);
	scoped_free char *run = cluster_node_run_dir(options->name, node), *socket = place_socket(options->name);
	scoped_free char *dir = place_state_dir(options->name);
	scoped(settings) struct settings settings = { 0 };
	struct node_options purged = {
		.cluster = options->name, .name = node, .socket = socket, .state_dir = state, .run_dir = run
	};

	if (need_node(options, node, err) < 0 || settings_load(dir, &settings, err) < 0 ||
		change_node(options, "node-remove", node, "off", err) < 0)
		return -1;
	purged.runtime = settings.runtime ? settings.runtime : "auto";
	if (node_purge(&purged, err) < 0 || reach_delete_node(options->name, node, err) < 0)
		return -1;
	return files_remove_tree(run, err) < 0 || files_remove_tree(state, err) < 0 ? -1 : 0;
}
