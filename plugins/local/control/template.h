/* template.h: pod templates of deployments: their hash, and which replica set has a deployment's. Pure. */
#pragma once

#include <jv.h>
#include <stdbool.h>
#include <stdint.h>

#define TEMPLATE_HASH "pod-template-hash"

/* Of the template and how often its hash has collided; 10 letters at most, safe in names. The caller frees.
 * Source: k8s.io/kubernetes/pkg/controller/controller_utils.go, ComputeHash. */
char *template_hash(jv template, int64_t collisions);
bool template_same(jv a, jv b);			      /* apart from the hash in their labels */
jv template_with_hash(jv template, const char *hash); /* owned */
