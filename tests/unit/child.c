/* The minder's child: it says that it is ready, is restarted when it dies, and ends when asked. The program itself is
 * the child: run with a word it plays one. */
#include "cluster/child.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "tap.h"

#define LIMIT_MS 20000

static int play(const char *part)
{
	char byte;

	if (strcmp(part, "fails") == 0)
		return 1;
	(void)!write(3, "r", 1);
	while (read(3, &byte, 1) > 0)
		;
	return 0;
}

static void changed(void *arg, struct child *child)
{
	(void)arg;
	(void)child;
}

static void got_signal(void *arg, int signal)
{
	(void)signal;
	child_reap(arg);
}

static bool comes_to(struct loop *loop, struct child *child, enum child_state state)
{
	int64_t until = clock_ms() + LIMIT_MS;

	while (child->state != state && clock_ms() < until)
		loop_once(loop, 100, NULL);
	return child->state == state;
}

static struct child *start(struct loop *loop, const char *part)
{
	static const int signals[] = { SIGCHLD, 0 };
	const char *argv[] = { "child", part, NULL };
	struct child *child = child_new(loop, part, "/dev/null", argv, changed, NULL);

	loop_on_signals(loop, signals, got_signal, child);
	child_take(child, CHILD_START);
	return child;
}

static void serves(void)
{
	scoped_ptr(loop) struct loop *loop = loop_new();
	scoped_ptr(child) struct child *child = start(loop, "serves");
	pid_t first;

	ok(comes_to(loop, child, CHILD_READY), "it gets ready");
	first = child->pid;
	kill(first, SIGKILL);
	ok(comes_to(loop, child, CHILD_WAITING) && comes_to(loop, child, CHILD_READY) && child->pid != first &&
			child->restarts == 1,
		"killed, it is started again");
	child_take(child, CHILD_STOP);
	child_take(child, CHILD_START);
	ok(comes_to(loop, child, CHILD_STARTING) && comes_to(loop, child, CHILD_READY), "wanted again while it ends");
	child_take(child, CHILD_STOP);
	ok(comes_to(loop, child, CHILD_OFF) && !child->pid, "asked, it ends");
	child_take(child, CHILD_STOP);
	child_take(child, CHILD_TIMER);
	child_take(child, CHILD_DIED);
	ok(child->state == CHILD_OFF, "off, nothing but a start moves it");
}

static void fails(void)
{
	scoped_ptr(loop) struct loop *loop = loop_new();
	scoped_ptr(child) struct child *child = start(loop, "fails");
	int64_t began = clock_ms(), until = began + LIMIT_MS;

	while (child->failures < 4 && clock_ms() < until)
		loop_once(loop, 100, NULL);
	ok(child->failures == 4 && clock_ms() - began >= 50 + 100 + 200, "one that fails is tried ever more rarely");
	child_take(child, CHILD_STOP);
	ok(child->state == CHILD_OFF, "while it waits it is stopped at once");
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return play(argv[1]);
	serves();
	fails();
	return tap_end();
}
