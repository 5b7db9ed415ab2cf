/* podspec.h: what every pod spec has in common, whether a pod's own or of a template. */
#pragma once

#include <jv.h>
#include <stdbool.h>

struct at;
struct causes;

/* Defaults that the schema cannot tell. In place. Source: k8s.io/kubernetes/pkg/apis/core/v1/defaults.go. */
void pod_spec_default(jv *spec);
void pod_template_default(jv *template); /* {metadata, spec} */

/* What only a pod has, not a template: requests taken from limits, service links. */
void pod_spec_default_own(jv *spec);

/* Source: k8s.io/kubernetes/pkg/apis/core/validation/validation.go. */
void pod_spec_validate(jv spec, const struct at *at, struct causes *causes);
void pod_template_validate(jv template, const struct at *at, struct causes *causes);

/* Its parts, each in a file of its own. */
void containers_validate(jv spec, const struct at *at, struct causes *causes);
void volumes_validate(jv spec, const struct at *at, struct causes *causes);
void container_probes_validate(jv container, const struct at *at, struct causes *causes);
void lifecycle_validate(jv lifecycle, const struct at *at, struct causes *causes);
void resources_validate(jv resources, const struct at *at, struct causes *causes);
void tolerations_validate(jv tolerations, const struct at *at, struct causes *causes);
void env_validate(jv list, const struct at *at, struct causes *causes);
void env_from_validate(jv list, const struct at *at, struct causes *causes);
void field_ref_validate(jv ref, bool in_volume, const struct at *at, struct causes *causes);
void resource_ref_validate(jv ref, bool in_volume, const struct at *at, struct causes *causes);
