#include "cluster/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/proc.h"

#define START_LIMIT_MS 60000 /* to say that it is ready: a node may have to start an engine first */
#define STOP_LIMIT_MS 10000
#define HEALTHY_MS 10000 /* in good health for so long: failures are forgotten */
#define BACK_OFF_MS 50
#define BACK_OFF_MAX_MS 30000
#define LOG_MAX (1 << 20) /* a longer one is put aside as .1 when its process starts */

static void enter(struct child *child, enum child_state state, int64_t timer_ms)
{
	child->state = state;
	if (timer_ms >= 0)
		timer_set(child->loop, &child->timer, timer_ms);
	else
		timer_clear(child->loop, &child->timer);
	child->changed(child->arg, child);
}

static void close_lifeline(struct child *child)
{
	if (child->lifeline < 0)
		return;
	loop_unwatch_fd(child->loop, child->lifeline);
	close(steal_fd(&child->lifeline));
}

static void lifeline_ready(void *arg, short revents)
{
	struct child *child = arg;
	char byte;
	ssize_t got = recv(child->lifeline, &byte, 1, MSG_DONTWAIT);

	(void)revents;
	if (got > 0)
		child_take(child, CHILD_SAID_READY);
	else if (got == 0 || errno != EAGAIN)
		loop_unwatch_fd(child->loop, child->lifeline); /* its death is told by SIGCHLD */
}

static int open_log(const char *path)
{
	struct stat st;

	if (stat(path, &st) == 0 && st.st_size > LOG_MAX) {
		scoped_free char *aside = mem_printf("%s.1", path);

		rename(path, aside);
	}
	return open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

/* The process with its lifeline; 0, or -1 (told in its log). */
static int spawn(struct child *child)
{
	scoped(err) struct err err = { 0 };
	scoped_fd int log = open_log(child->log), theirs = -1;
	struct proc proc = {
		.argv = (const char *const *)child->argv.at, .file = "/proc/self/exe", .in = -1, .out = log, .err = log
	};
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return -1;
	child->lifeline = ends[0];
	theirs = ends[1];
	proc.keep = theirs;
	child->pid = proc_start(&proc, &err);
	if (child->pid < 0) {
		child->pid = 0;
		dprintf(log, "%s\n", err_text(&err));
		close(steal_fd(&child->lifeline));
		return -1;
	}
	loop_watch_fd(child->loop, child->lifeline, POLLIN, lifeline_ready, child);
	return 0;
}

static void back_off(struct child *child)
{
	int64_t ms = BACK_OFF_MS;

	for (unsigned i = 0; i < child->failures && ms < BACK_OFF_MAX_MS; i++)
		ms *= 2;
	child->failures++;
	enter(child, CHILD_WAITING, ms < BACK_OFF_MAX_MS ? ms : BACK_OFF_MAX_MS);
}

static void launch(struct child *child)
{
	child->again = false;
	if (spawn(child) < 0)
		back_off(child);
	else
		enter(child, CHILD_STARTING, START_LIMIT_MS);
}

static void relaunch(struct child *child)
{
	child->restarts++;
	launch(child);
}

static void ignore(struct child *child)
{
	(void)child;
}

static void ready(struct child *child)
{
	enter(child, CHILD_READY, HEALTHY_MS);
}

static void healthy(struct child *child)
{
	child->failures = 0;
}

static void terminate(struct child *child)
{
	kill(child->pid, child->hard ? SIGKILL : SIGTERM);
	enter(child, CHILD_STOPPING, STOP_LIMIT_MS);
}

/* Too slow to start or to stop. */
static void force(struct child *child)
{
	kill(child->pid, SIGKILL);
}

static void forget(struct child *child)
{
	enter(child, CHILD_OFF, -1);
}

static void want_again(struct child *child)
{
	child->again = true;
}

static void want_no_more(struct child *child)
{
	child->again = false;
}

static void stopped(struct child *child)
{
	enter(child, CHILD_OFF, -1);
	if (child->again && child->state == CHILD_OFF)
		launch(child);
}

typedef void action(struct child *child);

static action *const actions[CHILD_STATES][CHILD_EVENTS] = {
	/*                    START       SAID_READY  DIED      TIMER     STOP */
	[CHILD_OFF] = { launch, ignore, ignore, ignore, ignore },
	[CHILD_STARTING] = { ignore, ready, back_off, force, terminate },
	[CHILD_READY] = { ignore, ignore, back_off, healthy, terminate },
	[CHILD_WAITING] = { relaunch, ignore, ignore, relaunch, forget },
	[CHILD_STOPPING] = { want_again, ignore, stopped, force, want_no_more },
};

void child_take(struct child *child, enum child_event event)
{
	actions[child->state][event](child);
}

void child_reap(struct child *child)
{
	int status;

	if (!child->pid || waitpid(child->pid, &status, WNOHANG) != child->pid)
		return;
	if (child->state != CHILD_STOPPING)
		fprintf(stderr, "%s (process %d) ended with status %d\n", child->name, (int)child->pid,
			proc_status(status));
	child->pid = 0;
	close_lifeline(child);
	child_take(child, CHILD_DIED);
}

static void timer_fired(void *arg)
{
	child_take(arg, CHILD_TIMER);
}

struct child *child_new(struct loop *loop, const char *name, const char *log, const char *const *argv,
	void (*changed)(void *arg, struct child *child), void *arg)
{
	struct child *child = mem_alloc(sizeof *child);

	child->loop = loop;
	child->name = mem_dup(name);
	child->log = mem_dup(log);
	for (; *argv; argv++)
		strs_add(&child->argv, *argv);
	child->changed = changed;
	child->arg = arg;
	child->lifeline = -1;
	child->timer = (struct timer){ .fire = timer_fired, .arg = child };
	return child;
}

void child_free(struct child *child)
{
	if (!child)
		return;
	timer_clear(child->loop, &child->timer);
	close_lifeline(child);
	strs_release(&child->argv);
	free(child->name);
	free(child->log);
	free(child);
}

const char *child_state_name(const struct child *child)
{
	static const char *const names[CHILD_STATES] = { "off", "starting", "ready", "waiting", "stopping" };

	return names[child->state];
}
