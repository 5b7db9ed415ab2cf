/* credentials.h: who we are at an endpoint: fixed credentials, token files (read again each minute), and client-go's
 * credential plugins. Secrets appear in no error and no trace.
 * Source: k8s.io/client-go/plugin/pkg/client/auth/exec/exec.go, k8s.io/client-go/transport/token_source.go. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/scoped.h"

struct err;
struct endpoint;
struct credentials;

/* endpoint is lent and must outlive it. Nothing is read or run before it is asked for. */
struct credentials *credentials_new(const struct endpoint *endpoint);
void credentials_free(struct credentials *credentials);
SCOPED_PTR(credentials)

/* What to show to the server; each may be NULL. Lent until the next call. */
struct secret {
	const char *token;
	const char *certificate, *key;
};

/* Reads the token file or runs the plugin where that is due; waits for the plugin, which may talk to its user over
 * stdin and stderr. What it says is kept until it expires, on disk too (owner-only). 0 or -1. */
int credentials_get(struct credentials *credentials, struct secret *secret, struct err *err);

/* The server said 401: forgets what can be asked for anew. False where nothing can. */
bool credentials_renew(struct credentials *credentials);
