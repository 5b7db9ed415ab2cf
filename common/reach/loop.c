#include "reach/loop.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"

#define BATCH 64

struct watch {
	void (*ready)(void *arg, short revents);        /* NULL: nobody watches */
	void *arg;
	short events;
	bool plain;             /* a plain file, which epoll refuses */
	uint32_t generation;    /* tells what epoll gave for an earlier watch of the same number */
};

struct catcher {
	void (*got)(void *arg, int signal);
	void *arg;
};

struct loop {
	int epoll;
	bool stopped;
	struct watch *watches;          /* by descriptor */
	size_t watch_count;
	size_t plain_count;

	/* What the last wait gave. It lies here so that a loop turned by a callback goes on with it, not past it. */
	struct epoll_event ready[BATCH];
	int ready_at, ready_count;

	void (*idle)(void *arg);
	void *idle_arg;

	struct timer **heap;            /* the earliest first; heap[0] is timer place 1 */
	size_t heap_count, heap_cap;
	uint64_t order;

	int signal_fd;
	sigset_t signals;
	struct catcher catchers[NSIG];
};

struct loop *loop_new(void)
{
	struct loop *loop = mem_alloc(sizeof *loop);

	loop->epoll = epoll_create1(EPOLL_CLOEXEC);     /* where it fails, waiting fails and says so */
	loop->signal_fd = -1;
	sigemptyset(&loop->signals);
	return loop;
}

void loop_free(struct loop *loop)
{
	if (!loop)
		return;
	for (size_t i = 0; i < loop->heap_count; i++)
		loop->heap[i]->place = 0;
	if (loop->signal_fd >= 0) {
		close(loop->signal_fd);
		sigprocmask(SIG_UNBLOCK, &loop->signals, NULL);
	}
	if (loop->epoll >= 0)
		close(loop->epoll);
	free(loop->watches);
	free(loop->heap);
	free(loop);
}

/* EPOLLIN and its kin have the values of POLLIN and its kin on Linux. */
static int control(struct loop *loop, int operation, int fd, const struct watch *watch)
{
	struct epoll_event event = {
		.events = (uint32_t)(unsigned short)watch->events,
		.data.u64 = (uint64_t)watch->generation << 32 | (uint32_t)fd,
	};

	return epoll_ctl(loop->epoll, operation, fd, &event);
}

static struct watch *watch_of(struct loop *loop, int fd)
{
	return fd >= 0 && (size_t)fd < loop->watch_count ? &loop->watches[fd] : NULL;
}

static struct watch *watch_make(struct loop *loop, int fd)
{
	size_t need = (size_t)fd + 1;

	if (need > loop->watch_count) {
		need = need < 64 ? 64 : need * 2;
		loop->watches = mem_grow(loop->watches, need, sizeof *loop->watches);
		memset(loop->watches + loop->watch_count, 0, (need - loop->watch_count) * sizeof *loop->watches);
		loop->watch_count = need;
	}
	return &loop->watches[fd];
}

void loop_watch_fd(struct loop *loop, int fd, short events, void (*ready)(void *arg, short revents), void *arg)
{
	struct watch *watch;
	bool changes;

	if (fd < 0)
		return;
	watch = watch_make(loop, fd);
	changes = watch->ready != NULL;
	if (!changes)
		watch->generation++;
	watch->ready = ready;
	watch->arg = arg;
	if (changes && watch->events == events)
		return;
	watch->events = events;
	if (watch->plain || control(loop, changes ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, watch) == 0)
		return;
	if (errno == EEXIST) {          /* its owner closed it and another file got its number while a copy lived on */
		control(loop, EPOLL_CTL_MOD, fd, watch);
	} else if (errno == ENOENT) {
		control(loop, EPOLL_CTL_ADD, fd, watch);
	} else if (errno == EPERM) {
		watch->plain = true;
		loop->plain_count++;
	}
}

void loop_unwatch_fd(struct loop *loop, int fd)
{
	struct watch *watch = watch_of(loop, fd);

	if (!watch || !watch->ready)
		return;
	if (watch->plain)
		loop->plain_count--;
	else
		control(loop, EPOLL_CTL_DEL, fd, watch);
	*watch = (struct watch){ .generation = watch->generation };
}

static bool earlier(const struct timer *a, const struct timer *b)
{
	return a->due_ms != b->due_ms ? a->due_ms < b->due_ms : a->order < b->order;
}

static void heap_put(struct loop *loop, size_t at, struct timer *timer)
{
	loop->heap[at] = timer;
	timer->place = at + 1;
}

static void heap_rise(struct loop *loop, size_t at, struct timer *timer)
{
	while (at && earlier(timer, loop->heap[(at - 1) / 2])) {
		heap_put(loop, at, loop->heap[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
	heap_put(loop, at, timer);
}

static void heap_sink(struct loop *loop, size_t at, struct timer *timer)
{
	for (size_t child; (child = 2 * at + 1) < loop->heap_count; at = child) {
		if (child + 1 < loop->heap_count && earlier(loop->heap[child + 1], loop->heap[child]))
			child++;
		if (!earlier(loop->heap[child], timer))
			break;
		heap_put(loop, at, loop->heap[child]);
	}
	heap_put(loop, at, timer);
}

void timer_set(struct loop *loop, struct timer *timer, int64_t in_ms)
{
	timer_clear(loop, timer);
	timer->due_ms = clock_ms() + (in_ms > 0 ? in_ms : 0);
	timer->order = loop->order++;
	if (loop->heap_count == loop->heap_cap) {
		loop->heap_cap = loop->heap_cap ? loop->heap_cap * 2 : 16;
		loop->heap = mem_grow(loop->heap, loop->heap_cap, sizeof *loop->heap);
	}
	heap_rise(loop, loop->heap_count++, timer);
}

void timer_clear(struct loop *loop, struct timer *timer)
{
	size_t at = timer->place - 1;
	struct timer *last;

	if (!timer->place)
		return;
	timer->place = 0;
	last = loop->heap[--loop->heap_count];
	if (last == timer)
		return;
	if (at && earlier(last, loop->heap[(at - 1) / 2]))
		heap_rise(loop, at, last);
	else
		heap_sink(loop, at, last);
}

static void fire_due(struct loop *loop)
{
	int64_t now = clock_ms();
	uint64_t upto = loop->order;

	while (loop->heap_count) {
		struct timer *timer = loop->heap[0];

		if (timer->due_ms > now || timer->order >= upto)
			return;
		timer_clear(loop, timer);
		timer->fire(timer->arg);
	}
}

static void tell_ready(struct loop *loop)
{
	while (loop->ready_at < loop->ready_count) {
		const struct epoll_event *event = &loop->ready[loop->ready_at++];
		const struct watch *watch = watch_of(loop, (int)(uint32_t)event->data.u64);

		if (watch && watch->ready && watch->generation == event->data.u64 >> 32)
			watch->ready(watch->arg, (short)event->events);
	}
}

static void tell_plain(struct loop *loop)
{
	for (size_t fd = 0; loop->plain_count && fd < loop->watch_count; fd++) {
		const struct watch *watch = &loop->watches[fd];
		short events = watch->events & (POLLIN | POLLOUT);

		if (watch->ready && watch->plain && events)
			watch->ready(watch->arg, events);
	}
}

static int wait_ms(const struct loop *loop, int timeout_ms)
{
	int64_t until;

	if (loop->plain_count)
		return 0;
	if (!loop->heap_count)
		return timeout_ms;
	until = loop->heap[0]->due_ms - clock_ms();
	if (until < 0)
		until = 0;
	if (until > INT_MAX)
		until = INT_MAX;
	return timeout_ms >= 0 && timeout_ms < until ? timeout_ms : (int)until;
}

void loop_on_idle(struct loop *loop, void (*idle)(void *arg), void *arg)
{
	loop->idle = idle;
	loop->idle_arg = arg;
}

/* As epoll_wait: idle is told where it would sleep. */
static int wait_ready(struct loop *loop, int timeout_ms)
{
	int wait = wait_ms(loop, timeout_ms);

	if (loop->idle && wait) {
		int count = epoll_wait(loop->epoll, loop->ready, BATCH, 0);

		if (count)
			return count;
		loop->idle(loop->idle_arg);
	}
	return epoll_wait(loop->epoll, loop->ready, BATCH, wait);
}

int loop_once(struct loop *loop, int timeout_ms, struct err *err)
{
	if (loop->ready_at == loop->ready_count) {
		int count = wait_ready(loop, timeout_ms);

		loop->ready_at = loop->ready_count = 0;
		if (count < 0 && errno != EINTR)
			return err_errno(err, "waiting for events");
		loop->ready_count = count < 0 ? 0 : count;
	}
	tell_ready(loop);
	tell_plain(loop);
	fire_due(loop);
	return 0;
}

int loop_run(struct loop *loop, struct err *err)
{
	loop->stopped = false;
	while (!loop->stopped)
		if (loop_once(loop, -1, err) < 0)
			return -1;
	return 0;
}

void loop_stop(struct loop *loop)
{
	loop->stopped = true;
}

static void signals_ready(void *arg, short revents)
{
	struct loop *loop = arg;
	struct signalfd_siginfo info;

	(void)revents;
	while (read(loop->signal_fd, &info, sizeof info) == sizeof info) {
		const struct catcher *catcher = &loop->catchers[info.ssi_signo % NSIG];

		if (catcher->got)
			catcher->got(catcher->arg, (int)info.ssi_signo);
	}
}

void loop_on_signals(struct loop *loop, const int *signals, void (*got)(void *arg, int signal), void *arg)
{
	for (; *signals; signals++) {
		sigaddset(&loop->signals, *signals);
		loop->catchers[*signals % NSIG] = (struct catcher){ got, arg };
	}
	sigprocmask(SIG_BLOCK, &loop->signals, NULL);
	loop->signal_fd = signalfd(loop->signal_fd, &loop->signals, SFD_CLOEXEC | SFD_NONBLOCK);
	loop_watch_fd(loop, loop->signal_fd, POLLIN, signals_ready, loop);
}
