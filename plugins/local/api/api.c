/* The role api: state, and the HTTP server over it. */
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <unistd.h>

#include "api/bootstrap.h"
#include "api/request.h"
#include "api/serve.h"
#include "api/store.h"
#include "api/watches.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "reach/loop.h"
#include "roles.h"

static void lifeline_ready(void *arg, short events)
{
	bool *stopped = arg;
	char byte;

	*stopped |= events & POLLHUP || read(ROLE_LIFELINE, &byte, 1) <= 0;
}

static void got_signal(void *arg, int signal)
{
	bool *stopped = arg;

	(void)signal;
	*stopped = true;
}

/* As many connections as the system lets one process have. */
static void raise_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

/* Round after round, each a turn. */
static int run(struct loop *loop, struct serve *serve, const bool *stopped, struct err *err)
{
	while (!*stopped) {
		serve_turn(serve);
		if (loop_once(loop, -1, err) < 0)
			return -1;
	}
	return 0;
}

int api_main(const struct api_options *options, struct err *err)
{
	static const int signals[] = { SIGTERM, SIGINT, 0 };
	scoped_free char *path = mem_printf("%s/store.db", options->state_dir);
	scoped_free char *address = mem_printf("127.0.0.1:%d", options->port);
	const struct serve_options serving = {
		.socket = options->socket, .port = options->port, .dir = options->state_dir
	};
	scoped_ptr(store) struct store *store = store_open(path, err);
	scoped_ptr(watches) struct watches *watches = store ? watches_new(store) : NULL;
	struct api api = { .store = store, .watches = watches, .address = address,
		.since = clock_now_ns() / INT64_C(1000000000) };
	scoped_ptr(loop) struct loop *loop = loop_new();
	scoped_ptr(serve) struct serve *serve = NULL;
	bool stopped = false;

	if (!store || bootstrap(&api, options->port, err) < 0)
		return -1;
	raise_limit();
	signal(SIGPIPE, SIG_IGN);
	serve = serve_new(&api, loop, &serving, err);
	if (!serve)
		return -1;
	loop_on_signals(loop, signals, got_signal, &stopped);
	loop_watch_fd(loop, ROLE_LIFELINE, POLLIN, lifeline_ready, &stopped);
	if (write(ROLE_LIFELINE, "", 1) != 1)
		return err_errno(err, "the lifeline");
	return run(loop, serve, &stopped, err);
}
