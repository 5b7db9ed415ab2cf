/* workload.h: what deployments and replica sets have in common. */
#pragma once

#include <jv.h>

struct at;
struct causes;

/* spec: selector, template, replicas, minReadySeconds. Source: k8s.io/kubernetes/pkg/apis/apps/validation. */
void workload_validate(jv spec, const struct at *at, struct causes *causes);

/* The selector stays as it was made. */
void workload_validate_update(jv object, jv old, struct causes *causes);

/* Through the main resource status is kept, through the subresource all but status. */
void workload_prepare_update(jv *object, jv old);
void workload_prepare_status(jv *object, jv old);
