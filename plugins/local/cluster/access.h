/* access.h: the administrator's kubeconfig of a cluster. */
#pragma once

struct err;

/* The name of its cluster, user and context: "klocal", or "klocal-NAME"; the first node's name too. The caller frees.
 */
char *access_name(const char *cluster);

/* Writes the kubeconfig, owner-only, with the certificates in it; leaves it alone where it says the same already.
 * 0 or -1. */
int access_write(const char *cluster, int port, struct err *err);
