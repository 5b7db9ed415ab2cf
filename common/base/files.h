/* files.h: files of state: written whole or not at all, readable by their owner only. */
#pragma once

#include <stddef.h>

struct err;

/* Makes path and what is missing above it, mode 0700 for what it makes. 0 or -1. */
int files_make_dir(const char *path, struct err *err);

/* Writes beside path, syncs, renames: mode 0600. 0 or -1, and then the old file is as it was. */
int files_write(const char *path, const void *at, size_t len, struct err *err);

/* Removes a tree, never following a symbolic link out of it; nothing there is no error. 0 or -1. */
int files_remove_tree(const char *path, struct err *err);

/* "$XDG_CACHE_HOME/podline" or "$HOME/.cache/podline"; NULL where neither is set. The caller frees. */
char *files_cache_dir(void);
