/* plugins.h: the plugin path: folders of executables (verbs of k) and of jq modules (views, for -q). */
#pragma once

#include "base/strs.h"

/* $PODLINE_PLUGINS (split at ':'), $XDG_DATA_HOME/podline/plugins (~/.local/share), PREFIX/libexec/podline; first come,
 * first served. Folders that are not there are left in. */
void plugins_path(struct strs *folders);

bool plugins_is_program(const char *path);              /* an executable file */

/* Where the program NAME is found as an executable file: the first of the folders that has it. The caller frees; NULL:
 * in none. */
char *plugins_find(const struct strs *folders, const char *name);
