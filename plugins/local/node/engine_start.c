/* Finds a container engine that really starts containers; where none does, starts Podman for this node alone, with what
 * the machine needs of it. Machines differ: crun refuses cgroups that runc takes, limits may not be raised, cgroups may
 * not be ours. No one shall have to know that: each way is tried by starting a container. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/files.h"
#include "base/mem.h"
#include "base/proc.h"
#include "formats/jvs.h"
#include "node/engine.h"
#include "reach/http.h"

#define PING_MS 5000            /* an engine that is there answers that at once */
#define TRY_MS 60000            /* to start the first container */
#define SERVICE_MS 20000        /* from starting Podman to its first answer */
#define POLL_MS 10
#define END_MS 3000
#define API_MOST "1.44"         /* what is used of it is in every version up to this */
#define LOG_TAIL 2000

void engine_at_release(struct engine_at *at)
{
	free(at->socket);
	free(at->name);
	free(at->version);
	free(at->prefix);
	strs_release(&at->notes);
	*at = (struct engine_at){ 0 };
}

/* Turns the loop for a while. */
static void fired(void *arg)
{
	*(bool *)arg = true;
}

static void rest(struct loop *loop, int64_t ms)
{
	bool over = false;
	struct timer timer = { .fire = fired, .arg = &over };

	timer_set(loop, &timer, ms);
	while (!over && loop_once(loop, -1, NULL) == 0)
		;
	timer_clear(loop, &timer);
}

/* Asking an engine. */

static struct http *connect_to(const struct engine_wish *wish, const char *socket, struct endpoint *endpoint)
{
	*endpoint = (struct endpoint){ .server = mem_printf("unix://%s", socket), .noun = "container engine" };
	return http_new(wish->loop, endpoint, "klocal");
}

/* The lower of two versions such as "1.41". Lent. */
static const char *lower(const char *a, const char *b)
{
	return strverscmp(a, b) < 0 ? a : b;
}

/* "Docker/28.2.2 (linux)" or "Libpod/4.3.1 (linux)", as the header Server tells; /version would take Podman half a
 * second, for it runs other programs to answer. */
static int take_server(const char *server, struct engine_at *at)
{
	const char *slash = strchr(server, '/');

	if (!slash)
		return -1;
	at->is_podman = strncmp(server, "Libpod/", strlen("Libpod/")) == 0;
	at->name = at->is_podman ? mem_dup("podman") : mem_dup_n(server, (size_t)(slash - server));
	for (char *c = at->name; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	at->version = mem_dup_n(slash + 1, strcspn(slash + 1, " "));
	return 0;
}

static int ping(struct http *http, struct engine_at *at, struct err *err)
{
	scoped(http_answer) struct http_answer answer = { 0 };
	struct http_request request = { .path = "/_ping", .accept = "*/*", .timeout_ms = PING_MS };
	const char *api, *server;

	if (http_do(http, &request, &answer, err) < 0)
		return -1;
	api = http_header(&answer, "api-version");
	server = http_header(&answer, "server");
	if (answer.status != 200 || !api || !server || take_server(server, at) < 0)
		return err_set(err, ERR_FAILED, NULL, "it is no container engine");
	at->prefix = mem_printf("/v%s", lower(api, API_MOST));
	return 0;
}

/* Containers of ours that run are proof enough. */
static bool runs_ours(struct http *http, const struct engine_wish *wish, const struct engine_at *at)
{
	scoped_free char *path = engine_filtered("/containers/json", wish->cluster, wish->node);
	scoped(jv) jv list = jv_null();

	return engine_call(http, at, "GET", path, jv_null(), TRY_MS, &list, NULL) == 0 && jvs_len(list) > 0;
}

static int create_trial(struct http *http, const struct engine_wish *wish, const struct engine_at *at, const char *name,
	struct err *err)
{
	scoped_free char *path = mem_printf("/containers/create?name=%s", name);
	jv labels = jvs_object(LABEL_CLUSTER, jv_string(wish->cluster), LABEL_NODE, jv_string(wish->node), NULL);

	return engine_call(http, at, "POST", path,
		jvs_object("Image", jv_string(engine_pause_image), "Entrypoint",
			jv_array_append(jv_array(), jv_string("/pause")), "StopSignal", jv_string("SIGKILL"), "Labels",
			labels, "HostConfig", jvs_object("NetworkMode", jv_string("none"), NULL), NULL),
		TRY_MS, NULL, err);
}

static int try_container(struct http *http, const struct engine_wish *wish, const struct engine_at *at, struct err *err)
{
	scoped_free char *name = mem_printf("podline-trial-%s-%s", wish->cluster, wish->node);
	scoped_free char *start = mem_printf("/containers/%s/start", name);
	scoped_free char *gone = mem_printf("/containers/%s?force=true&v=true", name);
	int tried;

	if (engine_make_pause(http, at, err) < 0)
		return -1;
	if (runs_ours(http, wish, at))
		return 0;
	engine_call(http, at, "DELETE", gone, jv_null(), TRY_MS, NULL, NULL);   /* of one who was killed */
	tried = create_trial(http, wish, at, name, err);
	if (tried == 0)
		tried = engine_call(http, at, "POST", start, jv_null(), TRY_MS, NULL, err);
	engine_call(http, at, "DELETE", gone, jv_null(), TRY_MS, NULL, NULL);
	return tried;
}

/* The engine at socket, where it answers and, unless that is not wished, starts containers. 0, or -1. */
static int try_socket(const struct engine_wish *wish, const char *socket, struct engine_at *at, struct err *err)
{
	scoped(endpoint) struct endpoint endpoint = { 0 };
	scoped_ptr(http) struct http *http = connect_to(wish, socket, &endpoint);

	if (ping(http, at, err) < 0)
		return -1;
	at->socket = mem_dup(socket);
	return wish->untried ? 0 : try_container(http, wish, at, err);
}

/* Those of the machine, and of the user. */

static bool is_socket(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISSOCK(st.st_mode);
}

static void list_sockets(struct strs *sockets)
{
	const char *docker_host = getenv("DOCKER_HOST"), *runtime_dir = getenv("XDG_RUNTIME_DIR");

	if (docker_host && strncmp(docker_host, "unix://", 7) == 0)
		strs_add(sockets, docker_host + 7);
	strs_add(sockets, "/var/run/docker.sock");
	strs_add(sockets, "/run/podman/podman.sock");
	if (runtime_dir && *runtime_dir == '/') {
		strs_printf(sockets, "%s/docker.sock", runtime_dir);
		strs_printf(sockets, "%s/podman/podman.sock", runtime_dir);
	}
}

/* A Podman of our own. */

/* From what the user's own settings say to what the least of machines can do. */
static const struct rung {
	const char *runtime;            /* NULL: the usual one */
	const char *settings;           /* of containers.conf; NULL: the user's own file */
	const char *words;
	bool no_cgroups;
} rungs[] = {
	{ NULL, NULL, NULL, false },
	{ NULL,
		"[containers]\ndefault_ulimits = []\n[engine]\ncgroup_manager = \"cgroupfs\"\nevents_logger = "
		"\"file\"\n",
		"no limits raised, cgroupfs", false },
	{ "runc",
		"[containers]\ndefault_ulimits = []\n[engine]\ncgroup_manager = \"cgroupfs\"\nevents_logger = "
		"\"file\"\n"
		"runtime = \"runc\"\n",
		"runc, no limits raised, cgroupfs", false },
	{ "crun",
		"[containers]\ndefault_ulimits = []\n[engine]\ncgroup_manager = \"cgroupfs\"\nevents_logger = "
		"\"file\"\n"
		"runtime = \"crun\"\n",
		"crun, no limits raised, cgroupfs", false },
	{ "crun",
		"[containers]\ndefault_ulimits = []\ncgroups = \"disabled\"\n[engine]\ncgroup_manager = \"cgroupfs\"\n"
		"events_logger = \"file\"\nruntime = \"crun\"\n",
		"crun, no limits raised, no cgroups", true },
	{ "runc",
		"[containers]\ndefault_ulimits = []\ncgroups = \"disabled\"\n[engine]\ncgroup_manager = \"cgroupfs\"\n"
		"events_logger = \"file\"\nruntime = \"runc\"\n",
		"runc, no limits raised, no cgroups", true },
};
#define RUNGS ((int)(sizeof rungs / sizeof *rungs))

static bool is_on_path(const char *program)
{
	scoped(strs) struct strs dirs = { 0 };

	strs_split(&dirs, getenv("PATH") ? getenv("PATH") : "/usr/sbin:/usr/bin:/sbin:/bin", ':');
	for (size_t i = 0; i < dirs.len; i++) {
		scoped_free char *path = mem_printf("%s/%s", dirs.at[i], program);

		if (access(path, X_OK) == 0)
			return true;
	}
	return false;
}

static void make_env(struct strs *env, const char *settings)
{
	extern char **environ;

	for (char **at = environ; *at; at++)
		if (!settings || strncmp(*at, "CONTAINERS_CONF=", strlen("CONTAINERS_CONF=")) != 0)
			strs_add(env, *at);
	if (settings)
		strs_printf(env, "CONTAINERS_CONF=%s", settings);
}

static char *private_socket(const struct engine_wish *wish)
{
	return mem_printf("%s/engine.sock", wish->run_dir);
}

/* What conmon reads when a container ends must be there after the run folder is gone. NULL: the user's settings. */
static int write_settings(const struct engine_wish *wish, const struct rung *rung, char **path, struct err *err)
{
	*path = NULL;
	if (!rung->settings)
		return 0;
	*path = mem_printf("%s/containers.conf", wish->state_dir);
	return files_write(*path, rung->settings, strlen(rung->settings), err);
}

static pid_t start_service(const struct engine_wish *wish, const struct rung *rung, struct err *err)
{
	scoped_free char *socket = private_socket(wish), *url = mem_printf("unix://%s", socket), *settings = NULL;
	scoped_free char *log = mem_printf("%s/engine.log", wish->run_dir);
	const char *const argv[] = { "podman", "system", "service", "--time=0", url, NULL };
	struct proc proc = { .argv = argv, .in = -1, .keep = -1, .new_session = 1 };
	scoped(strs) struct strs env = { 0 };
	scoped_fd int out = -1;

	if (strlen(socket) >= sizeof((struct sockaddr_un *)NULL)->sun_path)
		return err_set(err, ERR_FAILED, NULL, "the path %s is too long for a socket", socket);
	if (files_make_dir(wish->state_dir, err) < 0 || files_make_dir(wish->run_dir, err) < 0 ||
		write_settings(wish, rung, &settings, err) < 0)
		return -1;
	out = open(log, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
	if (out < 0)
		return err_errno(err, "writing %s", log);
	unlink(socket);
	make_env(&env, settings);
	proc.env = (const char *const *)env.at;
	proc.out = proc.err = out;
	return proc_start(&proc, err);
}

/* err from the last line that the service wrote. */
static int service_died(const struct engine_wish *wish, struct err *err)
{
	scoped_free char *log = mem_printf("%s/engine.log", wish->run_dir);
	scoped(buf) struct buf text = { 0 };
	const char *line;

	buf_read_file(&text, log, 1 << 20);
	while (text.len && text.at[text.len - 1] == '\n')
		text.at[--text.len] = '\0';
	line = text.len ? strrchr(text.at, '\n') : NULL;
	return err_set(err, ERR_FAILED, NULL, "podman ended: %.*s", LOG_TAIL, line ? line + 1 : buf_text(&text));
}

static int await_service(const struct engine_wish *wish, const char *socket, pid_t pid, struct err *err)
{
	int64_t until = clock_ms() + SERVICE_MS;
	struct engine_wish ping_only = *wish;

	ping_only.untried = true;
	for (;;) {
		scoped(engine_at) struct engine_at at = { 0 };

		if (is_socket(socket) && try_socket(&ping_only, socket, &at, NULL) == 0)
			return 0;
		if (waitpid(pid, NULL, WNOHANG) == pid)
			return service_died(wish, err);
		if (clock_ms() > until)
			return err_set(err, ERR_TIMEOUT, NULL, "podman did not answer for %d s", SERVICE_MS / 1000);
		rest(wish->loop, POLL_MS);
	}
}

static void end_process(pid_t pid)
{
	int64_t until = clock_ms() + END_MS;

	if (pid <= 1 || kill(pid, SIGTERM) < 0)
		return;
	/* It is our child, or that of an agent before us, which init reaps. */
	while (waitpid(pid, NULL, WNOHANG) != pid && kill(pid, 0) == 0) {
		if (clock_ms() > until) {
			kill(pid, SIGKILL);
			waitpid(pid, NULL, 0);
			return;
		}
		usleep(POLL_MS * 1000);
	}
}

void engine_end(const struct engine_at *at)
{
	if (!at->is_private)
		return;
	end_process(at->pid);
	if (at->socket)
		unlink(at->socket);
}

/* Who listens on socket; 0: nobody. */
static pid_t listener_of(const char *socket_path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct ucred who = { 0 };
	socklen_t len = sizeof who;
	scoped_fd int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || strlen(socket_path) >= sizeof address.sun_path)
		return 0;
	memcpy(address.sun_path, socket_path, strlen(socket_path));
	if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0 ||
		getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) < 0 || who.uid != geteuid())
		return 0;
	return who.pid;
}

void engine_end_stray(const char *socket)
{
	struct engine_at stray = { .is_private = true, .pid = listener_of(socket) };

	engine_end(&stray);
}

/* One that an agent before us started and was killed over. */
static int adopt_service(const struct engine_wish *wish, int rung, struct engine_at *at)
{
	scoped_free char *socket = private_socket(wish);
	pid_t pid = is_socket(socket) ? listener_of(socket) : 0;

	if (!pid)
		return -1;
	at->pid = pid;
	at->is_private = true;
	at->no_cgroups = rungs[rung].no_cgroups;
	if (try_socket(wish, socket, at, NULL) == 0)
		return 0;
	end_process(pid);
	engine_at_release(at);
	return -1;
}

static int climb(const struct engine_wish *wish, int number, struct engine_at *at, struct err *err)
{
	const struct rung *rung = &rungs[number];
	scoped_free char *socket = private_socket(wish);
	pid_t pid = start_service(wish, rung, err);

	if (pid < 0)
		return -1;
	at->pid = pid;
	at->is_private = true;
	at->no_cgroups = rung->no_cgroups;
	if (await_service(wish, socket, pid, err) == 0 && try_socket(wish, socket, at, err) == 0)
		return 0;
	end_process(pid);
	engine_at_release(at);
	return -1;
}

/* In one line what was fallen back to, and why; first: what the usual way said, unless that was another time. */
static void note_rung(struct engine_at *at, int rung, const struct err *first)
{
	if (first && first->class)
		strs_printf(&at->notes, "podman is run with %s: otherwise it said \"%s\"", rungs[rung].words,
			err_text(first));
	else if (rungs[rung].words)
		strs_printf(&at->notes, "podman is run with %s, as was found out before", rungs[rung].words);
}

/* From the rung that did last time upwards. *rung: which did. */
static int try_private(const struct engine_wish *wish, int *rung, struct engine_at *at, struct err *err)
{
	scoped(err) struct err first = { 0 };

	if (!is_on_path("podman"))
		return err_set(err, ERR_FAILED, NULL, "podman is not installed");
	if (adopt_service(wish, *rung, at) == 0) {
		note_rung(at, *rung, NULL);
		return 0;
	}
	for (int i = *rung; i < RUNGS; i++) {
		scoped(err) struct err failure = { 0 };

		if (rungs[i].runtime && !is_on_path(rungs[i].runtime))
			continue;
		if (climb(wish, i, at, &failure) == 0) {
			*rung = i;
			note_rung(at, i, &first);
			return 0;
		}
		if (!first.class)
			err_move(&first, &failure);
	}
	err_move(err, &first);
	return -1;
}

/* What did last time: STATE_DIR/engine.json. */

struct record {
	bool there, is_private;
	char *socket;
	int rung;
};

static void record_release(struct record *record)
{
	free(record->socket);
}

static void record_load(const char *state_dir, struct record *record)
{
	scoped_free char *path = mem_printf("%s/engine.json", state_dir);
	scoped(buf) struct buf text = { 0 };
	scoped(jv) jv told = jv_null();

	if (buf_read_file(&text, path, 1 << 16) < 0 || jvs_parse(buf_slice(&text), &told, NULL) < 0)
		return;
	record->there = true;
	record->is_private = jvs_get_bool(told, "private", false);
	record->socket = jvs_get_text(told, "socket");
	record->rung = (int)jvs_get_int(told, "rung", 0);
	if (record->rung < 0 || record->rung >= RUNGS)
		record->rung = 0;
}

static void record_save(const struct engine_wish *wish, const struct engine_at *at, int rung)
{
	scoped_free char *path = mem_printf("%s/engine.json", wish->state_dir);
	scoped(jv) jv told = jvs_object("private", jv_bool(at->is_private), "rung", jv_number(rung), "socket",
		jv_string(at->socket), NULL);
	scoped(buf) struct buf text = { 0 };

	jvs_print(told, &text);
	buf_add_char(&text, '\n');
	files_write(path, text.at, text.len, NULL);
}

bool engine_was_found(const char *state_dir)
{
	scoped(record) struct record record = { 0 };

	record_load(state_dir, &record);
	return record.there;
}

static int try_named(const struct engine_wish *wish, const char *socket, struct engine_at *at, struct strs *failures)
{
	scoped(err) struct err failure = { 0 };

	if (try_socket(wish, socket, at, &failure) == 0)
		return 0;
	strs_printf(failures, "%s: %s", socket, err_text(&failure));
	engine_at_release(at);
	return -1;
}

static int try_machine(const struct engine_wish *wish, const struct record *record, struct engine_at *at,
	struct strs *failures)
{
	scoped(strs) struct strs sockets = { 0 };

	if (record->socket && !record->is_private)
		strs_add(&sockets, record->socket);
	list_sockets(&sockets);
	for (size_t i = 0; i < sockets.len; i++)
		if (is_socket(sockets.at[i]) && try_named(wish, sockets.at[i], at, failures) == 0)
			return 0;
	return -1;
}

int engine_find(const struct engine_wish *wish, struct engine_at *at, struct err *err)
{
	scoped(record) struct record record = { 0 };
	scoped(strs) struct strs failures = { 0 };
	scoped(err) struct err failure = { 0 };
	scoped_free char *all = NULL;
	int found;

	record_load(wish->state_dir, &record);
	if (wish->socket) {
		found = try_named(wish, wish->socket, at, &failures);
	} else {
		/* What this node's containers lie in comes before what was installed since. */
		found = record.is_private ? try_private(wish, &record.rung, at, &failure) :
					    try_machine(wish, &record, at, &failures);
		if (found < 0)
			found = record.is_private ? try_machine(wish, &record, at, &failures) :
						    try_private(wish, &record.rung, at, &failure);
		if (failure.class)
			strs_add(&failures, err_text(&failure));
	}
	all = strs_join(&failures, "; ");
	if (found < 0)
		return err_set(err, ERR_FAILED, NULL, "no container engine starts a container here: %s", all);
	if (failures.len)
		strs_printf(&at->notes, "not used: %s", all);
	if (!wish->untried)
		record_save(wish, at, record.rung);
	return 0;
}
