/* exec_plugin.h: a program that prints credentials: the kubeconfig's users[].user.exec. It is run without a shell;
 * what it prints is kept on disk (owner-only) until it expires, so that not each command runs it again.
 * Source: k8s.io/client-go/plugin/pkg/client/auth/exec/exec.go, k8s.io/client-go/pkg/apis/clientauthentication. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/scoped.h"
#include "base/strs.h"

struct endpoint;
struct err;

/* Zero with a command and an api_version is one that is told nothing. */
struct exec_plugin {
	char *command;                  /* a path, or looked up on PATH */
	struct strs args;
	struct strs env;                /* NAME=VALUE, besides our own */
	char *api_version;              /* client.authentication.k8s.io/v1 or …/v1beta1 */
	char *interactive_mode;         /* Never, IfAvailable, Always; or NULL */
	char *install_hint;             /* or NULL */
	char *cluster_config;           /* JSON of the cluster's extension for plugins, or NULL */
	bool provide_cluster_info;
};
void exec_plugin_free(struct exec_plugin *plugin);

/* A token, or a certificate with its key, or both. Zero is none. */
struct exec_credential {
	char *token, *certificate, *key;
	int64_t expires;                /* seconds since 1970; 0: it did not say */
};
void exec_credential_release(struct exec_credential *credential);
bool exec_credential_is_good(const struct exec_credential *credential);         /* there, and not expired */

/* From disk, or by running the plugin (anew: in any case), which may talk to the user over stdin and stderr. 0 or -1:
 * ERR_FAILED names the program and what it did; never what it printed. */
int exec_plugin_get(const struct exec_plugin *plugin, const struct endpoint *endpoint, bool anew,
	struct exec_credential *credential, struct err *err);
