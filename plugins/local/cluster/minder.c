#include "cluster/minder.h"

#include <errno.h>
#include <jv.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "cluster/access.h"
#include "cluster/certs.h"
#include "cluster/child.h"
#include "cluster/settings.h"
#include "formats/jvs.h"
#include "reach/loop.h"
#include "reach/place.h"

#define REQUEST_MAX 256
#define DAY_MS (24 * 60 * 60 * 1000)

struct minder;

/* Somebody who asks. */
struct asker {
	struct asker *next;
	struct minder *minder;
	int fd;
	bool follows;
	bool gone; /* closed in this round; freed by sweep() */
};

struct minder {
	const char *cluster;
	char *state_dir;
	struct settings settings;
	struct loop *loop;
	int listener;
	struct child *children; /* the first is api */
	struct asker *askers;
	struct timer renewal;
	bool ending;
};

static void minder_release(struct minder *minder)
{
	for (struct child *child = minder->children, *next; child; child = next) {
		next = child->next;
		child_free(child);
	}
	for (struct asker *asker = minder->askers, *next; asker; asker = next) {
		next = asker->next;
		if (!asker->gone)
			close(asker->fd);
		free(asker);
	}
	close(minder->listener);
	loop_free(minder->loop);
	settings_release(&minder->settings);
	free(minder->state_dir);
}

char *minder_socket(const char *cluster)
{
	scoped_free char *dir = place_run_dir(cluster);

	return mem_printf("%s/minder.sock", dir);
}

static jv status(const struct minder *minder)
{
	jv processes = jv_array();

	for (const struct child *child = minder->children; child; child = child->next)
		processes = jv_array_append(processes,
			jvs_object("name", jv_string(child->name), "state", jv_string(child_state_name(child)), "pid",
				jv_number(child->pid), "restarts", jv_number(child->restarts), NULL));
	return jvs_object("pid", jv_number(getpid()), "processes", processes, NULL);
}

static void drop(struct asker *asker)
{
	if (asker->gone)
		return;
	loop_unwatch_fd(asker->minder->loop, asker->fd);
	close(asker->fd);
	asker->gone = true;
}

/* An asker that does not read its answers is let go rather than waited for. */
static void tell(struct asker *asker, jv answer)
{
	scoped(jv) jv taken = answer;
	scoped(buf) struct buf text = { 0 };

	jvs_print(taken, &text);
	if (send(asker->fd, text.at, text.len, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		drop(asker);
}

static void sweep(struct minder *minder)
{
	for (struct asker **at = &minder->askers; *at;) {
		struct asker *asker = *at;

		if (asker->gone) {
			*at = asker->next;
			free(asker);
		} else {
			at = &asker->next;
		}
	}
}

/* Clients of the api end before it does. */
static void go_on_ending(struct minder *minder)
{
	bool clients = false;

	for (struct child *child = minder->children->next; child; child = child->next)
		clients = clients || child->state != CHILD_OFF;
	if (clients)
		return;
	if (minder->children->state == CHILD_OFF)
		loop_stop(minder->loop);
	else if (minder->children->state != CHILD_STOPPING)
		child_take(minder->children, CHILD_STOP);
}

static void start_clients(struct minder *minder)
{
	for (struct child *child = minder->children->next; child; child = child->next)
		if (child->state == CHILD_OFF && !child->hard)
			child_take(child, CHILD_START);
}

static void child_changed(void *arg, struct child *changed)
{
	struct minder *minder = arg;

	if (minder->ending)
		go_on_ending(minder);
	else if (changed == minder->children && changed->state == CHILD_READY)
		start_clients(minder);
	for (struct asker *asker = minder->askers; asker; asker = asker->next)
		if (asker->follows && !asker->gone)
			tell(asker, status(minder));
}

static void end_all(struct minder *minder)
{
	minder->ending = true;
	for (struct child *child = minder->children->next; child; child = child->next)
		child_take(child, CHILD_STOP);
	go_on_ending(minder);
}

/* what ends with NULL; the child's log is named after it. */
static struct child *add_child(struct minder *minder, const char *name, const char *log, const char *const *argv)
{
	scoped_free char *path = mem_printf("%s/logs/%s.log", minder->state_dir, log);
	struct child *child = child_new(minder->loop, name, path, argv, child_changed, minder),
		     **at = &minder->children;

	while (*at)
		at = &(*at)->next;
	*at = child;
	return child;
}

static struct child *find_node(struct minder *minder, const char *node)
{
	scoped_free char *name = mem_printf("node %s", node);

	for (struct child *child = minder->children; child; child = child->next)
		if (strcmp(child->name, name) == 0)
			return child;
	return NULL;
}

static struct child *add_node(struct minder *minder, const char *node)
{
	scoped_free char *name = mem_printf("node %s", node), *log = mem_printf("node-%s", node);
	const char *runtime = minder->settings.runtime ? minder->settings.runtime : "auto";
	const char *argv[] = { "klocal", "role", "node", minder->cluster, node, runtime, NULL };
	struct child *child = add_child(minder, name, log, argv);

	child->hard = settings_node_stopped(&minder->settings, node);
	return child;
}

static void node_start(struct minder *minder, const char *node)
{
	struct child *child = find_node(minder, node);

	settings_set_node(&minder->settings, node, false);
	if (!child)
		child = add_node(minder, node);
	child->hard = false;
	child_take(child, CHILD_START);
}

static void node_stop(struct minder *minder, const char *node)
{
	struct child *child = find_node(minder, node);

	if (!child)
		return;
	settings_set_node(&minder->settings, node, true);
	child->hard = true;
	child_take(child, CHILD_STOP);
}

/* Its row stays until the minder ends, switched off: whoever asks sees that it has ended. */
static void node_remove(struct minder *minder, const char *node)
{
	struct child *child = find_node(minder, node);

	settings_remove_node(&minder->settings, node);
	if (!child)
		return;
	child_take(child, CHILD_STOP);
	child->hard = true;
}

static const struct {
	const char *word;
	void (*act)(struct minder *minder, const char *node);
} node_requests[] = { { "node-start", node_start }, { "node-stop", node_stop }, { "node-remove", node_remove } };

/* 0, or -1: no such request. */
static int take_node_request(struct minder *minder, const char *word, const char *node, struct err *err)
{
	for (size_t i = 0; i < sizeof node_requests / sizeof *node_requests; i++)
		if (strcmp(node_requests[i].word, word) == 0) {
			if (place_check_name(node, err) < 0)
				return -1;
			node_requests[i].act(minder, node);
			return settings_save(minder->state_dir, &minder->settings, err);
		}
	return err_set(err, ERR_USAGE, NULL, "no such request: %s", word);
}

static void take_request(struct asker *asker, const char *request)
{
	struct minder *minder = asker->minder;
	scoped(strs) struct strs words = { 0 };
	scoped(err) struct err err = { 0 };

	strs_split(&words, request, ' ');
	if (words.len == 2 && take_node_request(minder, words.at[0], words.at[1], &err) < 0) {
		tell(asker, jvs_object("error", jv_string(err_text(&err)), NULL));
		return;
	}
	if (words.len == 1 && strcmp(words.at[0], "follow") == 0)
		asker->follows = true;
	tell(asker, status(minder));
	if (words.len == 1 && strcmp(words.at[0], "down") == 0 && !minder->ending)
		end_all(minder);
}

static void asker_ready(void *arg, short revents)
{
	struct asker *asker = arg;
	char request[REQUEST_MAX + 1];
	ssize_t got = recv(asker->fd, request, REQUEST_MAX, MSG_DONTWAIT);

	(void)revents;
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0) {
		drop(asker);
		return;
	}
	request[got] = '\0';
	take_request(asker, request);
}

static void accept_asker(void *arg, short revents)
{
	struct minder *minder = arg;
	struct asker *asker;
	struct ucred who = { 0 };
	socklen_t len = sizeof who;
	scoped_fd int fd = accept4(minder->listener, NULL, NULL, SOCK_CLOEXEC);

	(void)revents;
	sweep(minder);
	/* The folder is its owner's alone already; root may ask too. */
	if (fd < 0 || getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) < 0 || (who.uid != geteuid() && who.uid != 0))
		return;
	asker = mem_alloc(sizeof *asker);
	*asker = (struct asker){ .next = minder->askers, .minder = minder, .fd = steal_fd(&fd) };
	minder->askers = asker;
	loop_watch_fd(minder->loop, asker->fd, POLLIN, asker_ready, asker);
}

static void got_signal(void *arg, int signal)
{
	struct minder *minder = arg;

	if (signal == SIGCHLD)
		for (struct child *child = minder->children; child; child = child->next)
			child_reap(child);
	else if (!minder->ending)
		end_all(minder);
}

/* New certificates reach the api by a restart; its clients go by the Unix socket and do not notice. */
static void renew(void *arg)
{
	struct minder *minder = arg;
	scoped(err) struct err err = { 0 };
	int made = certs_ensure(minder->state_dir, &err);

	if (made > 0 && access_write(minder->cluster, minder->settings.port, &err) == 0) {
		child_take(minder->children, CHILD_STOP);
		child_take(minder->children, CHILD_START);
	} else if (made) {
		fprintf(stderr, "%s\n", err_text(&err));
	}
	timer_set(minder->loop, &minder->renewal, DAY_MS);
}

static void add_children(struct minder *minder)
{
	scoped_free char *port = mem_printf("%d", minder->settings.port);
	const char *api[] = { "klocal", "role", "api", minder->cluster, port, NULL };
	const char *control[] = { "klocal", "role", "control", minder->cluster, NULL };

	add_child(minder, "api", "api", api);
	add_child(minder, "control", "control", control);
	jv_object_foreach(minder->settings.nodes, name, value)
	{
		add_node(minder, jv_string_value(name));
		jv_free(name);
		jv_free(value);
	}
}

int minder_main(const char *cluster, int listener, struct err *err)
{
	static const int signals[] = { SIGCHLD, SIGTERM, SIGINT, 0 };
	scoped(minder) struct minder minder = { .cluster = cluster, .listener = listener };

	minder.state_dir = place_state_dir(cluster);
	minder.loop = loop_new();
	minder.renewal = (struct timer){ .fire = renew, .arg = &minder };
	if (settings_load(minder.state_dir, &minder.settings, err) < 0)
		return -1;
	/* Listening once more puts our pid in place of its maker's, for who asks the socket for its owner. */
	if (listen(listener, 64) < 0)
		return err_errno(err, "listening");
	loop_on_signals(minder.loop, signals, got_signal, &minder);
	loop_watch_fd(minder.loop, listener, POLLIN, accept_asker, &minder);
	timer_set(minder.loop, &minder.renewal, DAY_MS);
	add_children(&minder);
	child_take(minder.children, CHILD_START);
	return loop_run(minder.loop, err);
}
