/* place.h: where a local cluster keeps its things. Root: /var/lib/podline/NAME and /run/podline/NAME; others:
 * $XDG_STATE_HOME/podline/NAME (~/.local/state) and $XDG_RUNTIME_DIR/podline/NAME (/tmp/podline-UID). $KLOCAL_HOME, for
 * whoever wants several worlds side by side, comes before both: $KLOCAL_HOME/NAME/state and …/run. */
#pragma once

#include <stdbool.h>

struct err;

#define PLACE_DEFAULT "default"

/* A cluster's name is a DNS label of at most 32 letters. 0, or -1 (ERR_USAGE). */
int place_check_name(const char *name, struct err *err);

/* Paths; the caller frees. */
char *place_state_dir(const char *name);        /* outlives a reboot: store, certificates, kubeconfig */
char *place_run_dir(const char *name);          /* does not: sockets, the minder's pid, node work files */
char *place_socket(const char *name);           /* the API's Unix socket in it */
char *place_kubeconfig(const char *name);       /* in the state folder */
