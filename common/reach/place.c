#include "reach/place.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/scoped.h"

int place_check_name(const char *name, struct err *err)
{
	size_t len = strlen(name);
	bool good = len && len <= 32 && name[0] != '-' && name[len - 1] != '-';

	for (size_t i = 0; i < len; i++)
		good = good && (islower((unsigned char)name[i]) || isdigit((unsigned char)name[i]) || name[i] == '-');
	if (!good)
		return err_set(err, ERR_USAGE, NULL,
			"\"%s\" is no name for a cluster: lower-case letters, digits and -, at most 32", name);
	return 0;
}

static const char *absolute(const char *variable)
{
	const char *path = getenv(variable);

	return path && *path == '/' ? path : NULL;
}

char *place_state_dir(const char *name)
{
	const char *home = absolute("KLOCAL_HOME"), *xdg = absolute("XDG_STATE_HOME");

	if (home)
		return mem_printf("%s/%s/state", home, name);
	if (geteuid() == 0)
		return mem_printf("/var/lib/podline/%s", name);
	if (xdg)
		return mem_printf("%s/podline/%s", xdg, name);
	home = absolute("HOME");
	return mem_printf("%s/.local/state/podline/%s", home ? home : "", name);
}

char *place_run_dir(const char *name)
{
	const char *home = absolute("KLOCAL_HOME"), *xdg = absolute("XDG_RUNTIME_DIR");

	if (home)
		return mem_printf("%s/%s/run", home, name);
	if (geteuid() == 0)
		return mem_printf("/run/podline/%s", name);
	if (xdg)
		return mem_printf("%s/podline/%s", xdg, name);
	return mem_printf("/tmp/podline-%u/%s", (unsigned)geteuid(), name);
}

static char *in(char *dir, const char *file)
{
	scoped_free char *taken = dir;

	return mem_printf("%s/%s", taken, file);
}

char *place_socket(const char *name)
{
	return in(place_run_dir(name), "api.sock");
}

char *place_kubeconfig(const char *name)
{
	return in(place_state_dir(name), "kubeconfig");
}
