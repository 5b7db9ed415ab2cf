/* settings.h: what a cluster keeps about itself over restarts: settings.json in its state folder. */
#pragma once

#include <jv.h>
#include <stdbool.h>

#include "base/scoped.h"

struct err;

struct settings {
	int port;      /* of the API on 127.0.0.1; 0: none chosen yet */
	char *runtime; /* as `up --runtime` takes it */
	jv nodes;      /* object: a node's name to {"stopped":bool} */
};

/* Zero settings where there are none yet. 0 or -1. */
int settings_load(const char *state_dir, struct settings *settings, struct err *err);
int settings_save(const char *state_dir, const struct settings *settings, struct err *err);
void settings_release(struct settings *settings);

bool settings_has_node(const struct settings *settings, const char *node);
bool settings_node_stopped(const struct settings *settings, const char *node);
void settings_set_node(struct settings *settings, const char *node, bool stopped); /* adds it where it is new */
void settings_remove_node(struct settings *settings, const char *node);

/* A port that is free now on 127.0.0.1: first where it is free, else any. 0: none at all. */
int settings_free_port(int first);
