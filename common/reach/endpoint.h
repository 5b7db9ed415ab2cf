/* endpoint.h: where a server is, how it is trusted, who we are there; filled by kubeconfig.h or by hand. */
#pragma once

#include <stdbool.h>

#include "base/scoped.h"
#include "base/strs.h"

struct exec_plugin;             /* exec_plugin.h */

/* Zero with a server is "ask there, as nobody". */
struct endpoint {
	char *server;           /* "https://HOST:PORT[/PREFIX]", "http://…", or "unix:///PATH" */
	char *tls_server_name;  /* or NULL */
	char *proxy_url;        /* or NULL: what the environment says (https_proxy, no_proxy …) */
	char *ca;               /* PEM text, or NULL: the system's */
	char *certificate, *key;        /* PEM text; both or neither */
	char *token;            /* a bearer token, or NULL */
	char *token_file;       /* read again each minute; or NULL */
	char *user, *password;  /* basic authentication; or NULL */
	struct strs impersonate;        /* as whom to act: headers, "Impersonate-User: someone" */
	struct exec_plugin *exec;       /* a client-go credential plugin, or NULL */
	bool insecure;          /* insecure-skip-tls-verify, where the kubeconfig says so */
	const char *noun;       /* what messages call it; NULL: "cluster"; a constant */
	const char *hint;       /* what to do where it cannot be reached, or NULL; a constant */
};
void endpoint_release(struct endpoint *endpoint);
