/* spec.h: from what a pod's manifest says to what a runtime is told: environment, arguments, mounts. */
#pragma once

#include <jv.h>
#include <stdbool.h>

#include "node/driver.h"

/* What a container's environment may ask about where its pod is; NULL: not known yet. */
struct spec_place {
	const char *state_dir, *host_ip, *pod_ip;
};

/* Its environment names the pod's address, so it cannot be made before the sandbox has one. */
bool spec_needs_ip(jv container);

/* Fills spec (pod, container, sandbox, attempt, image are its caller's and set already) and makes the files behind its
 * mounts. 0, or -1 with the words of a CreateContainerConfigError. */
int spec_make(const struct spec_place *place, struct container_spec *spec, struct err *err);
void container_spec_release(struct container_spec *spec);

/* Of what makes a running container another one when it changes: name and image. The caller frees. */
char *spec_hash(jv container);
