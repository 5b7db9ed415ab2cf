/* The loop: order of timers, ending from inside callbacks, plain files, signals, turning it inside a callback. */
#include "reach/loop.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "tap.h"

static struct loop *loop;
static struct buf told;

struct named {
	struct timer timer;
	const char *name;
	struct named *other;    /* cleared when this fires */
	int again;              /* set for now that often */
	bool turn;              /* turns the loop inside */
};

static void fire(void *arg)
{
	struct named *named = arg;

	buf_add_text(&told, named->name);
	if (named->other)
		timer_clear(loop, &named->other->timer);
	if (named->again-- > 0)
		timer_set(loop, &named->timer, 0);
	if (named->turn)
		loop_once(loop, 0, NULL);
}

static void init(struct named *named, const char *name)
{
	*named = (struct named){ .name = name };
	named->timer = (struct timer){ .fire = fire, .arg = named };
}

static void test_timers(void)
{
	struct named a, b, c, d;

	init(&a, "a");
	init(&b, "b");
	init(&c, "c");
	init(&d, "d");
	timer_set(loop, &d.timer, 1000000);
	timer_set(loop, &c.timer, 2);
	timer_set(loop, &a.timer, 0);
	timer_set(loop, &b.timer, 0);
	timer_set(loop, &d.timer, 3);
	while (told.len < 4)
		loop_once(loop, -1, NULL);
	same(buf_text(&told), "abcd", "timers fire in their order, and can be moved");
	ok(!timer_is_set(&a.timer), "one that fired is not set");

	buf_clear(&told);
	a.other = &b;
	timer_set(loop, &a.timer, 0);
	timer_set(loop, &b.timer, 0);
	loop_once(loop, 0, NULL);
	loop_once(loop, 0, NULL);
	same(buf_text(&told), "a", "one that is cleared does not fire");

	buf_clear(&told);
	a.again = 2;
	timer_set(loop, &a.timer, 0);
	loop_once(loop, 0, NULL);
	same(buf_text(&told), "a", "one that sets itself for now waits for the next round");
	while (timer_is_set(&a.timer))
		loop_once(loop, 0, NULL);
	same(buf_text(&told), "aaa", "which comes");
	buf_clear(&told);
}

#define MANY 20000

static int64_t last_due;
static int fired, disorder;

static void count(void *arg)
{
	struct timer *timer = arg;

	disorder += timer->due_ms < last_due;
	last_due = timer->due_ms;
	fired++;
}

static void test_many(void)
{
	static struct timer timers[MANY];
	unsigned random = 1;

	for (int i = 0; i < MANY; i++) {
		timers[i] = (struct timer){ .fire = count, .arg = &timers[i] };
		random = random * 1103515245 + 12345;
		timer_set(loop, &timers[i], random / 65536 % 50);
	}
	for (int i = 0; i < MANY; i += 3)
		timer_clear(loop, &timers[i]);
	while (fired < MANY - (MANY + 2) / 3)
		loop_once(loop, -1, NULL);
	ok(!disorder, "%d timers in order, a third of them cleared", MANY);
}

struct end {
	int in, out, other, got;
	bool unwatch;
};

static void readable(void *arg, short revents)
{
	struct end *end = arg;
	char c;

	(void)revents;
	end->got++;
	if (end->unwatch) {
		loop_unwatch_fd(loop, end->in);
		loop_unwatch_fd(loop, end->other);
	} else if (read(end->in, &c, 1) == 1) {
		buf_add_char(&told, c);
	}
}

static void test_descriptors(void)
{
	struct end a = { 0 }, b = { 0 };
	int pipes[2];

	if (pipe(pipes) < 0)
		return;
	a.in = pipes[0];
	a.out = pipes[1];
	if (pipe(pipes) < 0)
		return;
	b.in = pipes[0];
	b.out = pipes[1];
	a.other = b.in;
	b.other = a.in;
	loop_watch_fd(loop, a.in, POLLIN, readable, &a);
	(void)!write(a.out, "xy", 2);
	loop_once(loop, -1, NULL);
	loop_once(loop, -1, NULL);
	same(buf_text(&told), "xy", "a descriptor that is readable");
	loop_watch_fd(loop, a.in, 0, readable, &a);
	(void)!write(a.out, "z", 1);
	loop_once(loop, 0, NULL);
	same(buf_text(&told), "xy", "nobody asked for");
	loop_watch_fd(loop, a.in, POLLIN, readable, &a);
	loop_watch_fd(loop, b.in, POLLIN, readable, &b);
	(void)!write(b.out, "z", 1);
	a.got = b.got = 0;
	a.unwatch = b.unwatch = true;
	loop_once(loop, -1, NULL);
	loop_once(loop, 0, NULL);
	ok(a.got + b.got == 1, "each unwatches both: only one is called");

	/* The same number again, for another file. */
	a.unwatch = false;
	close(a.in);
	dup2(b.in, a.in);
	loop_watch_fd(loop, a.in, POLLIN, readable, &a);
	loop_once(loop, -1, NULL);
	same(buf_text(&told), "xyz", "a number that is used again");
	loop_unwatch_fd(loop, a.in);
	buf_clear(&told);

	b.unwatch = false;
	b.in = open("tests/unit/tap.h", O_RDONLY);
	if (b.in < 0)
		b.in = open("/proc/self/exe", O_RDONLY);
	loop_watch_fd(loop, b.in, POLLIN, readable, &b);
	loop_once(loop, -1, NULL);
	ok(told.len == 1, "a plain file is ready");
	loop_unwatch_fd(loop, b.in);
	buf_clear(&told);
}

static void caught(void *arg, int number)
{
	*(int *)arg = number;
}

static void test_signals(void)
{
	static const int signals[] = { SIGUSR1, SIGTERM, 0 };
	int got = 0;

	loop_on_signals(loop, signals, caught, &got);
	kill(getpid(), SIGTERM);
	while (!got)
		loop_once(loop, -1, NULL);
	ok(got == SIGTERM, "a signal arrives in the loop");
}

static void test_turning_inside(void)
{
	struct named a, b;
	struct end end = { .unwatch = false };
	int pipes[2];

	init(&a, "a");
	init(&b, "b");
	a.turn = true;
	if (pipe(pipes) < 0)
		return;
	end.in = pipes[0];
	(void)!write(pipes[1], "x", 1);
	loop_watch_fd(loop, end.in, POLLIN, readable, &end);
	timer_set(loop, &a.timer, 0);
	timer_set(loop, &b.timer, 0);
	while (told.len < 3)
		loop_once(loop, 1000, NULL);
	same(buf_text(&told), "xab", "a callback that turns the loop: each is called once");
	loop_unwatch_fd(loop, end.in);
}

static void stop(void *arg)
{
	loop_stop(arg);
}

int main(void)
{
	struct timer timer = { .fire = stop };

	loop = loop_new();
	test_timers();
	test_many();
	test_descriptors();
	test_signals();
	test_turning_inside();
	timer.arg = loop;
	timer_set(loop, &timer, 0);
	ok(loop_run(loop, NULL) == 0, "it stops when it is told to");
	loop_free(loop);
	buf_release(&told);
	return tap_end();
}
