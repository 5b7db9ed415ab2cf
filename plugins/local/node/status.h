/* status.h: the status of a pod, worked out from the runtime's boxes and from what it was before. Source:
 * k8s.io/kubernetes/pkg/kubelet/kubelet_pods.go (convertStatusToAPIStatus, getPhase), pkg/kubelet/status/generate.go.
 */
#pragma once

#include <jv.h>
#include <stdbool.h>

struct pod;

/* before: the status as it was last worked out or as the API has it. ended: nothing of it runs or will run again.
 * Owned. */
jv status_make(struct pod *pod, jv before, bool ended);

/* A container's part of a status; null: it has none. Owned. */
jv status_of_container(jv status, const char *name, bool init);

/* By its part of a status, there was once a container. */
bool status_was_there(jv container_status);
