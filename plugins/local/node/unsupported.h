/* unsupported.h: what a manifest may ask for and this node does not do yet. Such a container is not run at all, and its
 * status and an event name the field: nothing is half-obeyed in silence. */
#pragma once

#include <jv.h>

/* The path of the first such field of the pod that concerns container ("spec.containers{app}.livenessProbe"), or NULL:
 * there is none. The caller frees. */
char *unsupported_find(jv pod, jv container);
