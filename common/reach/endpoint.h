/* endpoint.h: where a server is, how it is trusted, who we are there; filled by kubeconfig.h or by hand. */
#pragma once

#include <stdbool.h>

#include "base/scoped.h"

struct endpoint {
	char *server;           /* "https://HOST:PORT[/PREFIX]", "http://…", or "unix:///PATH" */
	char *tls_server_name;  /* or NULL */
	char *proxy_url;        /* or NULL */
	char *ca;               /* PEM text, or NULL: the system's */
	char *certificate, *key;        /* PEM text; both or neither */
	char *token;            /* a bearer token, or NULL */
	char *token_file;       /* read again each minute; or NULL */
	char *user, *password;  /* basic authentication; or NULL */
	char *impersonate;      /* Impersonate-User, or NULL */
	struct exec_plugin *exec;       /* credentials.h: a client-go credential plugin, or NULL */
	bool insecure;          /* insecure-skip-tls-verify, where the kubeconfig says so */
};
void endpoint_release(struct endpoint *endpoint);
