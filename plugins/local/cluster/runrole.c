#include "cluster/runrole.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/files.h"
#include "base/scoped.h"
#include "cluster/cluster.h"
#include "cluster/minder.h"
#include "reach/place.h"
#include "roles.h"


static int run_minder(const char *const *argv, struct err *err)
{
	return minder_main(argv[0], ROLE_LIFELINE, err);
}

static int run_api(const char *const *argv, struct err *err)
{
	scoped_free char *state = place_state_dir(argv[0]), *socket = place_socket(argv[0]);
	struct api_options options = { .state_dir = state, .socket = socket, .port = atoi(argv[1]) };

	return api_main(&options, err);
}

static int run_control(const char *const *argv, struct err *err)
{
	scoped_free char *state = place_state_dir(argv[0]), *socket = place_socket(argv[0]);
	struct control_options options = { .state_dir = state, .socket = socket };

	return control_main(&options, err);
}

static int run_node(const char *const *argv, struct err *err)
{
	scoped_free char *socket = place_socket(argv[0]), *state = cluster_node_state_dir(argv[0], argv[1]);
	scoped_free char *run = cluster_node_run_dir(argv[0], argv[1]);
	struct node_options options = { .cluster = argv[0],
		.name = argv[1],
		.socket = socket,
		.runtime = argv[2],
		.state_dir = state,
		.run_dir = run };

	if (files_make_dir(state, err) < 0 || files_make_dir(run, err) < 0)
		return -1;
	return node_main(&options, err);
}

static const struct {
	const char *name;
	int args;
	int (*run)(const char *const *argv, struct err *err);
} roles[] = {
	{ "minder", 1, run_minder },
	{ "api", 2, run_api },
	{ "control", 1, run_control },
	{ "node", 3, run_node },
};

int runrole(int argc, const char *const *argv)
{
	scoped(err) struct err err = { 0 };

	for (size_t i = 0; argc && i < sizeof roles / sizeof *roles; i++)
		if (strcmp(roles[i].name, argv[0]) == 0 && roles[i].args == argc - 1) {
			signal(SIGPIPE, SIG_IGN);
			if (chdir("/") == 0 && roles[i].run(argv + 1, &err) == 0)
				return 0;
			fprintf(stderr, "%s: %s\n", argv[0], err_text(&err));
			return ERR_FAILED;
		}
	return ERR_USAGE;
}
