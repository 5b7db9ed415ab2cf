/* The arithmetic of rollouts: each step stays within maxSurge and maxUnavailable, and comes to an end. */
#include "control/rollout.h"

#include <stdlib.h>

#include "formats/jvs.h"
#include "tap.h"

static jv rolling(const char *surge, const char *unavailable)
{
	return jvs_object("maxSurge", jv_parse(surge), "maxUnavailable", jv_parse(unavailable), NULL);
}

static void limits(void)
{
	static const struct {
		const char *surge, *unavailable;
		int replicas, want_surge, want_unavailable;
	} cases[] = {
		{ "\"25%\"", "\"25%\"", 4, 1, 1 },
		{ "\"25%\"", "\"25%\"", 3, 1, 0 },
		{ "\"25%\"", "\"25%\"", 10, 3, 2 },
		{ "0", "\"10%\"", 5, 0, 1 },    /* both 0 would stand still */
		{ "2", "9", 3, 2, 3 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct rollout rollout = { .replicas = cases[i].replicas };
		scoped(jv) jv update = rolling(cases[i].surge, cases[i].unavailable);

		rollout_limits(&rollout, update);
		ok(rollout.surge == cases[i].want_surge && rollout.unavailable == cases[i].want_unavailable,
			"surge %s, unavailable %s of %d: %d and %d", cases[i].surge, cases[i].unavailable,
			cases[i].replicas, rollout.surge, rollout.unavailable);
	}
}

static int sum(const struct rollout *rollout, bool only_available)
{
	int sum = only_available ? rollout->fresh->available : rollout->fresh->replicas;

	for (size_t i = 0; i < rollout->old_count; i++)
		sum += only_available ? rollout->old[i].available : rollout->old[i].replicas;
	return sum;
}

/* Pods come and go at random between the steps, as a cluster's do; from where they all stand at the start. */
static void rolls(int replicas, int surge, int unavailable, unsigned seed)
{
	struct rollout_set fresh = { .name = "fresh", .created = 9 };
	struct rollout_set old[] = { { .replicas = replicas, .available = replicas, .name = "old", .created = 1 } };
	struct rollout rollout = { .replicas = replicas, .surge = surge, .unavailable = unavailable, .fresh = &fresh,
		.old = old, .old_count = 1 };
	bool within = true;
	int steps = 0;

	srandom(seed);
	for (; steps < 1000 && (old[0].replicas || fresh.available < replicas); steps++) {
		rollout_roll(&rollout);
		old[0].available = old[0].available < old[0].replicas ? old[0].available : old[0].replicas;
		if (random() % 2 && fresh.available < fresh.replicas)
			fresh.available++;
		within = within && sum(&rollout, false) <= replicas + surge;
		within = within && sum(&rollout, true) >= replicas - unavailable;
	}
	ok(within && steps < 1000, "%d replicas, surge %d, unavailable %d: within bounds, done in %d steps", replicas,
		surge, unavailable, steps);
}

static void unhealthy_go_first(void)
{
	struct rollout_set fresh = { .name = "fresh", .replicas = 1, .created = 9 };
	struct rollout_set old[] = {
		{ .replicas = 2, .available = 2, .name = "healthy", .created = 1 },
		{ .replicas = 2, .available = 0, .name = "broken", .created = 2 },
	};
	struct rollout rollout = { .replicas = 3, .surge = 1, .unavailable = 1, .fresh = &fresh, .old = old,
		.old_count = 2 };

	rollout_roll(&rollout);
	ok(old[0].replicas == 2 && old[1].replicas == 0, "what is not available goes first: %d and %d are left",
		old[0].replicas, old[1].replicas);
}

static void spreads(void)
{
	struct rollout_set fresh = { .name = "fresh", .replicas = 5, .available = 3, .max_before = 13, .created = 9 };
	struct rollout_set old[] = { { .replicas = 8, .available = 8, .max_before = 13, .name = "old", .created = 1 } };
	struct rollout rollout = { .replicas = 15, .surge = 3, .unavailable = 2, .fresh = &fresh, .old = old,
		.old_count = 1 };

	/* The example of upstream's documentation ("Proportional scaling"): 10 to 15 with surge 3. */
	ok(rollout_spread(&rollout) && fresh.replicas == 7 && old[0].replicas == 11,
		"10 scaled to 15 with 8 old and 5 new: 11 and 7");
	rollout.replicas = 0;
	ok(rollout_spread(&rollout) && fresh.replicas == 0 && old[0].replicas == 0, "scaled to 0: all go");
}

static void recreates(void)
{
	struct rollout_set fresh = { .name = "fresh", .created = 9 };
	struct rollout_set old[] = { { .replicas = 2, .available = 2, .name = "old", .created = 1 } };
	struct rollout rollout = { .replicas = 2, .fresh = &fresh, .old = old, .old_count = 1 };

	ok(rollout_recreate(&rollout, 2) && old[0].replicas == 0 && fresh.replicas == 0,
		"Recreate: first the old ones go");
	ok(!rollout_recreate(&rollout, 1), "and while one of their pods is, nothing comes");
	ok(rollout_recreate(&rollout, 0) && fresh.replicas == 2, "then the new ones come");
}

int main(void)
{
	limits();
	for (int replicas = 1; replicas < 12; replicas += 3)
		for (int surge = 0; surge < 3; surge++)
			rolls(replicas, surge, surge ? 0 : 1, (unsigned)(replicas * 10 + surge));
	unhealthy_go_first();
	spreads();
	recreates();
	return tap_end();
}
