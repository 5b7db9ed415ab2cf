/* version.h: the release of Kubernetes whose kubelet this node is like. */
#pragma once

#define NODE_VERSION "v1.36.2"
