#include "control/rollout.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "formats/jvs.h"

static int min_of(int a, int b)
{
	return a < b ? a : b;
}

static int max_of(int a, int b)
{
	return a > b ? a : b;
}

int rollout_resolve(jv value, int total, bool up, int otherwise)
{
	char *end = NULL;
	double percent, share;

	if (jvs_is(value, JV_KIND_NUMBER))
		return (int)jv_number_value(value);
	percent = strtod(jvs_text(value), &end);
	if (end == jvs_text(value) || strcmp(end, "%") != 0)
		return otherwise;
	share = percent * total / 100;
	return (int)(up ? ceil(share) : floor(share));
}

void rollout_limits(struct rollout *rollout, jv rolling_update)
{
	scoped(jv) jv surge = jvs_at(rolling_update, "maxSurge"),
		      unavailable = jvs_at(rolling_update, "maxUnavailable");

	rollout->surge = rollout_resolve(surge, rollout->replicas, true, 0);
	rollout->unavailable = rollout_resolve(unavailable, rollout->replicas, false, 0);
	if (!jvs_is(rolling_update, JV_KIND_OBJECT))
		return;
	if (rollout->surge == 0 && rollout->unavailable == 0)
		rollout->unavailable = 1;
	rollout->unavailable = min_of(rollout->unavailable, rollout->replicas);
}

static int by_age(const void *a, const void *b)
{
	const struct rollout_set *one = *(struct rollout_set *const *)a, *other = *(struct rollout_set *const *)b;

	if (one->created != other->created)
		return one->created < other->created ? -1 : 1;
	return strcmp(one->name, other->name);
}

static int by_size(const void *a, const void *b)
{
	return (*(struct rollout_set *const *)b)->replicas - (*(struct rollout_set *const *)a)->replicas;
}

static int by_size_then_older(const void *a, const void *b)
{
	int order = by_size(a, b);

	return order ? order : by_age(a, b);
}

static int by_size_then_newer(const void *a, const void *b)
{
	int order = by_size(a, b);

	return order ? order : by_age(b, a);
}

/* The old sets, and fresh where it is wanted, in an order; the caller frees. */
static struct rollout_set **sorted(const struct rollout *rollout, bool with_fresh, size_t *count,
	int (*order)(const void *, const void *))
{
	struct rollout_set **sets = mem_array(rollout->old_count + 1, sizeof *sets);

	*count = 0;
	for (size_t i = 0; i < rollout->old_count; i++)
		sets[(*count)++] = &rollout->old[i];
	if (with_fresh && rollout->fresh)
		sets[(*count)++] = rollout->fresh;
	qsort(sets, *count, sizeof *sets, order);
	return sets;
}

static int wished(const struct rollout *rollout)
{
	int sum = rollout->fresh ? rollout->fresh->replicas : 0;

	for (size_t i = 0; i < rollout->old_count; i++)
		sum += rollout->old[i].replicas;
	return sum;
}

static int available(const struct rollout *rollout)
{
	int sum = rollout->fresh ? rollout->fresh->available : 0;

	for (size_t i = 0; i < rollout->old_count; i++)
		sum += rollout->old[i].available;
	return sum;
}

static bool grow_fresh(struct rollout *rollout)
{
	struct rollout_set *fresh = rollout->fresh;
	int room = rollout->replicas + rollout->surge - wished(rollout);

	if (!fresh || fresh->replicas == rollout->replicas)
		return false;
	if (fresh->replicas > rollout->replicas) {
		fresh->replicas = rollout->replicas;
		return true;
	}
	if (room <= 0)
		return false;
	fresh->replicas += min_of(room, rollout->replicas - fresh->replicas);
	return true;
}

/* Pods that are not available serve nobody: taking them away first costs nothing. */
static int drop_unhealthy(struct rollout_set **old, size_t count, int limit)
{
	int dropped = 0;

	for (size_t i = 0; i < count && dropped < limit; i++) {
		int drop = min_of(limit - dropped, old[i]->replicas - old[i]->available);

		if (drop <= 0)
			continue;
		old[i]->replicas -= drop;
		dropped += drop;
	}
	return dropped;
}

static int drop_available(struct rollout_set **old, size_t count, int limit)
{
	int dropped = 0;

	for (size_t i = 0; i < count && dropped < limit; i++) {
		int drop = min_of(limit - dropped, old[i]->replicas);

		old[i]->replicas -= drop;
		dropped += drop;
	}
	return dropped;
}

static bool shrink_old(struct rollout *rollout)
{
	int floor = rollout->replicas - rollout->unavailable;
	int fresh_missing = rollout->fresh ? rollout->fresh->replicas - rollout->fresh->available : 0;
	int limit = wished(rollout) - floor - fresh_missing, dropped;
	scoped_free struct rollout_set **old = NULL;
	size_t count;

	if (limit <= 0)
		return false;
	old = sorted(rollout, false, &count, by_age);
	dropped = drop_unhealthy(old, count, limit);
	dropped += drop_available(old, count, available(rollout) - floor);
	return dropped > 0;
}

bool rollout_roll(struct rollout *rollout)
{
	return grow_fresh(rollout) || shrink_old(rollout);
}

bool rollout_recreate(struct rollout *rollout, size_t old_pods)
{
	bool changed = false;

	for (size_t i = 0; i < rollout->old_count; i++) {
		changed = changed || rollout->old[i].replicas;
		rollout->old[i].replicas = 0;
	}
	if (changed || old_pods || !rollout->fresh || rollout->fresh->replicas == rollout->replicas)
		return changed;
	rollout->fresh->replicas = rollout->replicas;
	return true;
}

static bool set_replicas(struct rollout_set *set, int replicas)
{
	bool changed = set->replicas != replicas;

	set->replicas = replicas;
	return changed;
}

/* The one set that has pods, or where none has any the newest: it alone follows the deployment's size. */
static struct rollout_set *only_active(const struct rollout *rollout)
{
	struct rollout_set *active = rollout->fresh && rollout->fresh->replicas ? rollout->fresh : NULL;
	scoped_free struct rollout_set **old = NULL;
	size_t count, actives = active != NULL;

	old = sorted(rollout, false, &count, by_age);
	for (size_t i = 0; i < count; i++)
		if (old[i]->replicas) {
			active = old[i];
			actives++;
		}
	if (actives == 1)
		return active;
	if (actives > 1)
		return NULL;
	return rollout->fresh ? rollout->fresh : count ? old[count - 1] : NULL;
}

static int proportion(const struct rollout *rollout, const struct rollout_set *set, int to_add, int added)
{
	int before = set->max_before ? set->max_before : rollout->status_replicas, share = 0;

	if (set->replicas == 0 || to_add == added)
		return 0;
	if (rollout->replicas == 0)
		share = -set->replicas;
	else if (before)
		share = (int)lround((double)set->replicas * (rollout->replicas + rollout->surge) / before) -
			set->replicas;
	return to_add > 0 ? min_of(share, to_add - added) : max_of(share, to_add - added);
}

static bool spread(struct rollout *rollout)
{
	int allowed = rollout->replicas > 0 ? rollout->replicas + rollout->surge : 0;
	int to_add = allowed - wished(rollout), added = 0;
	scoped_free struct rollout_set **sets = NULL;
	size_t count;

	if (to_add == 0)
		return false;
	sets = sorted(rollout, true, &count, to_add > 0 ? by_size_then_newer : by_size_then_older);
	for (size_t i = 0; i < count; i++) {
		int share = proportion(rollout, sets[i], to_add, added);

		sets[i]->replicas += share;
		added += share;
	}
	/* What rounding left over goes to the largest: the first, for a set without pods is never spread over alone. */
	sets[0]->replicas = max_of(0, sets[0]->replicas + to_add - added);
	return true;
}

bool rollout_spread(struct rollout *rollout)
{
	struct rollout_set *only = only_active(rollout), *fresh = rollout->fresh;
	bool saturated = fresh && fresh->replicas == rollout->replicas && fresh->available == rollout->replicas;
	bool changed = false;

	if (!fresh && !rollout->old_count)
		return false;
	if (only)
		return set_replicas(only, rollout->replicas);
	if (saturated) {
		for (size_t i = 0; i < rollout->old_count; i++)
			changed = set_replicas(&rollout->old[i], 0) || changed;
		return changed;
	}
	return spread(rollout);
}
