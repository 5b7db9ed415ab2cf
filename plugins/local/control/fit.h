/* fit.h: whether a pod may run on a node, and if not why, in upstream's words. Pure.
 * Source: k8s.io/kubernetes/pkg/scheduler/framework/plugins. */
#pragma once

#include <jv.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/strs.h"

/* Amounts of what nodes have and pods ask for. */
struct fit_amounts {
	int64_t cpu_milli, memory, storage, pods;
};

struct fit_amounts fit_requests(jv pod); /* pods is 1 */
struct fit_amounts fit_allocatable(jv node);

/* Appends each reason against it; true: none. used: of the pods that are on it already. *helpless: no pod's leaving
 * would help. */
bool fit_check(jv pod, const struct fit_amounts *wants, jv node, const struct fit_amounts *has,
	const struct fit_amounts *used, struct strs *reasons, bool *helpless);

bool fit_tolerates(jv tolerations, jv taint); /* some toleration of the array covers the taint */
