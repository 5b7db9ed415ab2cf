/* kubeconfig.h: which cluster, as whom and in which namespace: from kubeconfig files as client-go loads them, else from
 * the account of the pod we run in, else the local cluster of this machine.
 * Source: k8s.io/client-go/tools/clientcmd/loader.go, client_config.go, overrides.go. */
#pragma once

#include "base/scoped.h"
#include "base/strs.h"
#include "reach/endpoint.h"

struct err;

/* What the user said; each may be NULL. Lent. */
struct kubeconfig_options {
	const char *path;               /* --kubeconfig: this file alone, and it must be there */
	const char *context;            /* --context */
};

/* Zero is empty. */
struct kubeconfig {
	struct endpoint endpoint;
	char *context;                  /* NULL where no kubeconfig was used */
	char *ns;                       /* the context's namespace, else "default"; never NULL */
};

/* Reads what it needs and nothing more. 0; -1: ERR_FAILED names the file, the entry and what to do; ERR_UNREACHABLE
 * where there is neither a kubeconfig nor a local cluster. */
int kubeconfig_load(const struct kubeconfig_options *options, struct kubeconfig *kubeconfig, struct err *err);
void kubeconfig_release(struct kubeconfig *kubeconfig);

/* The names of all contexts, for completion. 0 or -1. */
int kubeconfig_contexts(const struct kubeconfig_options *options, struct strs *names, struct err *err);
