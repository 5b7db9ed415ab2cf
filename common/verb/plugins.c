#include "verb/plugins.h"

#include <sys/stat.h>

#include "base/mem.h"

void plugins_path(struct strs *folders)
{
	const char *own = getenv("PODLINE_PLUGINS"), *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");

	if (own)
		strs_split(folders, own, ':');
	if (data && *data == '/')
		strs_printf(folders, "%s/podline/plugins", data);
	else if (home && *home == '/')
		strs_printf(folders, "%s/.local/share/podline/plugins", home);
	strs_add(folders, PODLINE_PREFIX "/libexec/podline");
}

bool plugins_is_program(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

char *plugins_find(const struct strs *folders, const char *name)
{
	for (size_t i = 0; i < folders->len; i++) {
		scoped_free char *path = mem_printf("%s/%s", folders->at[i], name);

		if (plugins_is_program(path))
			return steal(path);
	}
	return NULL;
}
