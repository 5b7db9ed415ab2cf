#include "node/world.h"

#include "base/clock.h"
#include "base/mem.h"

struct box *box_new(const char *id)
{
	struct box *box = mem_alloc(sizeof *box);

	box->id = mem_dup(id);
	return box;
}

void box_free(struct box *box)
{
	if (!box)
		return;
	free(box->id);
	free(box->uid);
	free(box->ns);
	free(box->pod);
	free(box->name);
	free(box->sandbox);
	free(box->reason);
	free(box->message);
	free(box->image);
	free(box->image_id);
	free(box->hash);
	free(box->ip);
	free(box->log_path);
	free(box->stop_signal);
	free(box);
}

void world_release(struct world *world)
{
	size_t at = 0;
	const char *id;
	void *box;

	while (map_next(&world->boxes, &at, &id, &box))
		box_free(box);
	map_release(&world->boxes);
	map_release(&world->pods);
}

struct box *world_box(const struct world *world, const char *id)
{
	return map_get(&world->boxes, id);
}

struct box *world_pod(const struct world *world, const char *uid)
{
	return map_get(&world->pods, uid);
}

static void link_box(struct world *world, struct box *box)
{
	box->next = map_get(&world->pods, box->uid);
	map_set(&world->pods, box->uid, box);
}

/* The runtime tells anew of a box that could not be started, and knows nothing of that. */
static void keep_failure(struct box *box, struct box *old)
{
	box->failed = true;
	box->state = BOX_EXITED;
	box->exit_code = old->exit_code;
	box->finished_ns = old->finished_ns;
	free(box->reason);
	free(box->message);
	box->reason = steal(old->reason);
	box->message = steal(old->message);
}

static void unlink_box(struct world *world, const struct box *box)
{
	struct box *first = map_get(&world->pods, box->uid), **at = &first;

	while (*at && *at != box)
		at = &(*at)->next;
	if (*at)
		*at = box->next;
	if (first)
		map_set(&world->pods, box->uid, first);
	else
		map_remove(&world->pods, box->uid);
}

void world_put(struct world *world, struct box *box)
{
	struct box *old = map_set(&world->boxes, box->id, box);

	if (old) {
		box->kill_ms = old->kill_ms;
		box->killed = old->killed;
		box->busy = old->busy;
		if (old->failed && box->state != BOX_RUNNING)
			keep_failure(box, old);
		unlink_box(world, old);
		box_free(old);
	}
	link_box(world, box);
	box->told = ++world->told;
	world->changed(world->arg, box->uid);
}

void world_drop(struct world *world, const char *id)
{
	struct box *box = map_remove(&world->boxes, id);

	if (!box)
		return;
	unlink_box(world, box);
	world->changed(world->arg, box->uid);
	box_free(box);
}

void world_touch(struct world *world, struct box *box)
{
	box->told = ++world->told;
	world->changed(world->arg, box->uid);
}

void world_fail(struct world *world, struct box *box, int exit_code, const char *reason, const char *message)
{
	box->failed = true;
	box->state = BOX_EXITED;
	box->exit_code = exit_code;
	box->finished_ns = clock_now_ns();
	free(box->reason);
	free(box->message);
	box->reason = mem_dup(reason);
	box->message = mem_dup(message);
	world_touch(world, box);
}
