/* deployment.h: a deployment and its replica sets as one pass of its controller sees them, and what its status says.
 * Pure. Source: k8s.io/kubernetes/pkg/controller/deployment. */
#pragma once

#include <jv.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/scoped.h"
#include "control/rollout.h"

#define DEPLOYMENT_REVISION "deployment.kubernetes.io/revision"
#define DEPLOYMENT_HISTORY "deployment.kubernetes.io/revision-history"
#define DEPLOYMENT_DESIRED "deployment.kubernetes.io/desired-replicas"
#define DEPLOYMENT_MAX "deployment.kubernetes.io/max-replicas"

struct deployment {
	jv object; /* owned */
	jv fresh;  /* the set of its template; null: not made yet; owned */
	jv *old;   /* the others, owned */
	size_t old_count;
	struct rollout rollout;	  /* of the same sets */
	struct rollout_set *sets; /* fresh, then old */
	char **names;		  /* of sets */
};

/* sets: all replica sets that it holds. */
void deployment_init(struct deployment *deployment, jv object, const jv *sets, size_t count);
void deployment_release(struct deployment *deployment);

/* For what walks over all sets: fresh first. index up to old_count + (fresh is there). Lent. */
size_t deployment_set_count(const struct deployment *deployment);
jv deployment_set(const struct deployment *deployment, size_t index);
struct rollout_set *deployment_arithmetic(struct deployment *deployment, size_t index);

bool deployment_is_recreate(jv object);
bool deployment_has_deadline(jv object);
int64_t deployment_revision(jv object);			 /* of a deployment or a set; 0: none */
char *deployment_annotation(jv object, const char *key); /* NULL: none; the caller frees */

/* The fresh set's annotations as they are to be; owned. exists: the set is there already. */
jv deployment_annotations_for(const struct deployment *deployment, jv set, bool exists);
bool deployment_is_scaled(const struct deployment *deployment); /* its wish differs from what its sets were made for */

/* status.conditions with one set, as upstream's SetDeploymentCondition. */
void deployment_set_condition(
	jv *conditions, const char *type, const char *status, const char *reason, const char *message);
jv deployment_condition(jv conditions, const char *type); /* owned; null: none */

/* The whole status; progress: a rollout is being told of, too. Owned. */
jv deployment_status(const struct deployment *deployment, bool progress);
bool deployment_is_complete(const struct deployment *deployment, jv status);

/* Until its deadline has to be looked at; below 0: never. */
int64_t deployment_deadline_ms(const struct deployment *deployment, jv status);
