#include "node/world.h"

#include "base/mem.h"
#include "tap.h"

static unsigned told;

static void changed(void *arg, const char *uid)
{
	(void)arg;
	told += strcmp(uid, "u") == 0;
}

static struct box *make(const char *id, const char *name, enum box_state state)
{
	struct box *box = box_new(id);

	box->uid = mem_dup("u");
	box->name = mem_dup(name);
	box->state = state;
	return box;
}

static unsigned count(const struct world *world)
{
	unsigned boxes = 0;

	for (struct box *box = world_pod(world, "u"); box; box = box->next)
		boxes++;
	return boxes;
}

int main(void)
{
	scoped(world) struct world world = { .changed = changed };
	struct box *box;

	world_put(&world, make("1", NULL, BOX_RUNNING));
	world_put(&world, make("2", "app", BOX_CREATED));
	ok(told == 2 && count(&world) == 2 && world_box(&world, "2"), "what is put is found by id and by pod");

	box = world_box(&world, "2");
	box->busy = true;
	box->kill_ms = 7;
	world_put(&world, make("2", "app", BOX_RUNNING));
	box = world_box(&world, "2");
	ok(count(&world) == 2 && box->state == BOX_RUNNING && box->busy && box->kill_ms == 7,
		"what is told anew takes the place of what was, with the pod's notes");

	world_put(&world, make("3", "app", BOX_CREATED));
	world_fail(&world, world_box(&world, "3"), 128, "StartError", "no such file");
	world_put(&world, make("3", "app", BOX_CREATED));
	box = world_box(&world, "3");
	ok(box->state == BOX_EXITED && box->exit_code == 128 && strcmp(box->reason, "StartError") == 0,
		"one that could not be started has ended, whatever is told of it");

	world_drop(&world, "2");
	world_drop(&world, "2");
	ok(count(&world) == 2 && !world_box(&world, "2"), "what is dropped is gone");
	world_drop(&world, "1");
	world_drop(&world, "3");
	ok(!world_pod(&world, "u") && world.pods.count == 0, "and the pod with its last one");
	return tap_end();
}
