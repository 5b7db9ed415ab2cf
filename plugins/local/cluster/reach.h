/* reach.h: what klocal itself asks a cluster's API, by its Unix socket. */
#pragma once

#include <jv.h>
#include <stdint.h>

struct err;

/* Waits until each of the nodes (an object: name to {"stopped":bool}) that is not stopped is Ready. 0; -1 past the
 * deadline (clock_ms()). */
int reach_wait_nodes(const char *cluster, jv nodes, int64_t deadline, struct err *err);

/* Nothing there is no error. */
int reach_delete_node(const char *cluster, const char *node, struct err *err);
