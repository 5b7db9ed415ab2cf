/* loop.h: the one place that waits. A program has one loop; everything else returns at once and is called back from
 * loop_run() or loop_once(). Callbacks may start, change and end anything, themselves too, and may turn the loop
 * themselves (client_call() in one does), but not free it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/scoped.h"

struct err;
struct loop;

struct loop *loop_new(void);
void loop_free(struct loop *loop);
SCOPED_PTR(loop)

/* Until loop_stop(). 0, or -1 where waiting itself failed. */
int loop_run(struct loop *loop, struct err *err);
void loop_stop(struct loop *loop);

/* Waits until something is due, at most timeout_ms (-1: without limit), and calls back what is. 0 or -1. */
int loop_once(struct loop *loop, int timeout_ms, struct err *err);

/* Called each time before the loop sleeps: when nothing is due, and so the moment to write out what was held back. */
void loop_on_idle(struct loop *loop, void (*idle)(void *arg), void *arg);

/* A descriptor: events and revents as in poll(2). One watch a descriptor; a second call changes it. The loop does not
 * own fd: unwatch before closing it. A plain file is always ready. */
void loop_watch_fd(struct loop *loop, int fd, short events, void (*ready)(void *arg, short revents), void *arg);
void loop_unwatch_fd(struct loop *loop, int fd);

/* A timer lies in its owner's struct; zero is "not set". Fires once; those due at the same time in the order in which
 * they were set. One set for now (0 ms) fires in the next round. */
struct timer {
	void (*fire)(void *arg);
	void *arg;
	int64_t due_ms;         /* clock_ms() */
	uint64_t order;
	size_t place;           /* in the loop's heap, from 1; 0: not set */
};
void timer_set(struct loop *loop, struct timer *timer, int64_t in_ms);          /* one that is set is moved */
void timer_clear(struct loop *loop, struct timer *timer);

static inline bool timer_is_set(const struct timer *timer)
{
	return timer->place != 0;
}

/* The signals of a list that 0 ends arrive here (blocked, by signalfd), in place of their handlers. */
void loop_on_signals(struct loop *loop, const int *signals, void (*got)(void *arg, int signal), void *arg);
