#include <signal.h>
#include <sys/socket.h>
#include <poll.h>
#include <unistd.h>

#include "api/client.h"
#include "base/err.h"
#include "base/mem.h"
#include "control/controller.h"
#include "control/hub.h"
#include "reach/endpoint.h"
#include "reach/loop.h"
#include "roles.h"

static const struct controller *const controllers[] = {
	&scheduler_controller,
	&replicasets_controller,
	&deployments_controller,
	&namespaces_controller,
	&accounts_controller,
	&garbage_controller,
	&nodes_controller,
	&endpoints_controller,
	&expiry_controller,
	NULL,
};

static void got_signal(void *arg, int signal)
{
	(void)signal;
	loop_stop(arg);
}

/* The minder's end of the lifeline says nothing: it can only have ended. */
static void lifeline_ended(void *arg, short revents)
{
	(void)revents;
	loop_stop(arg);
}

int control_main(const struct control_options *options, struct err *err)
{
	static const int signals[] = { SIGTERM, SIGINT, 0 };
	scoped_ptr(loop) struct loop *loop = loop_new();
	scoped(endpoint) struct endpoint endpoint = { .server = mem_printf("unix://%s", options->socket) };
	scoped_ptr(client) struct client *client = client_new(loop, &endpoint, "kube-controller-manager");
	scoped_ptr(hub) struct hub *hub = hub_new(client, options->state_dir, controllers);

	loop_on_signals(loop, signals, got_signal, loop);
	loop_watch_fd(loop, ROLE_LIFELINE, POLLIN, lifeline_ended, loop);
	if (send(ROLE_LIFELINE, "r", 1, MSG_NOSIGNAL) < 0)
		return err_errno(err, "telling the minder");
	return loop_run(loop, err);
}
