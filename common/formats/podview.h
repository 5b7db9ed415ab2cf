/* podview.h: a pod's columns as kubectl get pods shows them; the cells of klocal's Table are these too.
 * Source: k8s.io/kubernetes/pkg/printers/internalversion/printers.go, printPod. */
#pragma once

#include <jv.h>
#include <stdint.h>

#include "base/scoped.h"

struct podview {
	char *ready;            /* "1/2" */
	char *status;           /* "Running", "Init:0/1", "CrashLoopBackOff" … */
	char *restarts;         /* "0", "2 (5m ago)" */
	char *age;              /* "5d21h", "<unknown>" */
	char *ip;               /* "<none>" where it is not known; so the three below */
	char *node;
	char *nominated_node;
	char *readiness_gates;  /* "1/2" */
	int64_t restart_count;
};

/* pod is lent, whole or as far as it goes; now: seconds since 1970. */
void podview_init(struct podview *view, jv pod, int64_t now);
void podview_release(struct podview *view);
