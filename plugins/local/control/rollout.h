/* rollout.h: the arithmetic of a deployment's rollout: how many pods each of its replica sets should have next. Pure:
 * it knows no object and no server. Source: k8s.io/kubernetes/pkg/controller/deployment/rolling.go, sync.go,
 * util/deployment_util.go. */
#pragma once

#include <jv.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A replica set as the arithmetic sees it. */
struct rollout_set {
	int replicas;           /* wished now; the functions put in what is to be wished next */
	int available;          /* of status */
	int max_before; /* replicas and surge when it was last scaled (its max-replicas annotation); 0: unknown */
	int64_t created;        /* seconds; older is smaller */
	const char *name;       /* breaks ties; lent */
};

struct rollout {
	int replicas;                   /* the deployment's wish */
	int surge, unavailable;         /* by rollout_limits() */
	int status_replicas;            /* pods that the deployment's status counts */
	struct rollout_set *fresh;      /* the set of the current template; NULL: not made yet */
	struct rollout_set *old;        /* the others */
	size_t old_count;
};

/* An IntOrString ("25%" or 3) of total, rounded up or down; otherwise where it is neither. */
int rollout_resolve(jv value, int total, bool up, int otherwise);

/* Surge and unavailable from spec.strategy.rollingUpdate (null: Recreate's 0 and 0). Both 0 would stand still, so
 * unavailable is 1 then. */
void rollout_limits(struct rollout *rollout, jv rolling_update);

/* RollingUpdate's next step: grows fresh while the surge allows; where nothing grew, shrinks the old ones, pods that
 * are not available first, while enough stay available. True: some set changed. */
bool rollout_roll(struct rollout *rollout);

/* Recreate's next step: old ones to 0; fresh grows only when old_pods (pods of old sets that still are) is 0. */
bool rollout_recreate(struct rollout *rollout, size_t old_pods);

/* The deployment was scaled in the middle of a rollout: spreads the difference over its sets by their size. */
bool rollout_spread(struct rollout *rollout);
