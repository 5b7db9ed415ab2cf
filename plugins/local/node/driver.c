#include "node/driver.h"

#include <string.h>

#include "roles.h"

static const struct driver *const drivers[] = { &driver_engine, &driver_none };

/* The driver of "NAME" or "NAME:ARGUMENT"; "auto" is the first. */
static const struct driver *driver_find(const char *text, const char **argument, struct err *err)
{
	size_t len = strcspn(text, ":");

	*argument = text[len] && text[len + 1] ? text + len + 1 : NULL;
	if (strcmp(text, "auto") == 0)
		return drivers[0];
	for (size_t i = 0; i < sizeof drivers / sizeof *drivers; i++)
		if (strlen(drivers[i]->name) == len && strncmp(drivers[i]->name, text, len) == 0)
			return drivers[i];
	err_set(err, ERR_USAGE, NULL, "no runtime is named \"%s\": auto, engine, engine:SOCKET or none", text);
	return NULL;
}

struct runtime *runtime_open(const char *text, const struct runtime_setup *setup, struct err *err)
{
	struct runtime_setup whole = *setup;
	const struct driver *driver = driver_find(text, &whole.argument, err);
	struct runtime *runtime = driver ? driver->open(&whole, err) : NULL;

	return runtime;
}

void runtime_close(struct runtime *runtime)
{
	if (runtime)
		runtime->driver->close(runtime);
}

int runtime_purge(const struct node_options *options, struct err *err)
{
	const char *argument;
	const struct driver *driver = driver_find(options->runtime, &argument, err);

	return driver ? driver->purge(options, argument, err) : -1;
}
