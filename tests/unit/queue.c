/* The queue of keys: once at a time, again when added meanwhile, later when failed. */
#include "api/queue.h"

#include "base/buf.h"
#include "base/clock.h"
#include "reach/loop.h"
#include "tap.h"

struct world {
	struct loop *loop;
	struct queue *queue;
	struct buf worked;
	bool finish;            /* each at once */
	int retries;            /* so often before it is done */
	bool free_it;
};

static void work(void *arg, const char *key)
{
	struct world *world = arg;

	buf_printf(&world->worked, "%s ", key);
	if (world->free_it) {
		queue_free(world->queue);
		world->queue = NULL;
	} else if (world->retries > 0) {
		world->retries--;
		queue_retry(world->queue, key);
	} else if (world->finish) {
		queue_done(world->queue, key);
	}
}

static void begin(struct world *world)
{
	*world = (struct world){ .loop = loop_new() };
	world->queue = queue_new(world->loop, work, world);
}

static void end(struct world *world)
{
	queue_free(world->queue);
	loop_free(world->loop);
	buf_release(&world->worked);
}

/* Until that much was worked on, or nothing more comes for a while. */
static void until(struct world *world, const char *wanted, const char *words)
{
	int64_t deadline = clock_ms() + (strlen(buf_text(&world->worked)) < strlen(wanted) ? 10000 : 20);

	while (strlen(buf_text(&world->worked)) < strlen(wanted) && clock_ms() < deadline)
		loop_once(world->loop, 10, NULL);
	loop_once(world->loop, 1, NULL);
	same(buf_text(&world->worked), wanted, words);
}

static void test_order(void)
{
	struct world world;

	begin(&world);
	queue_add(world.queue, "a");
	queue_add(world.queue, "b");
	queue_add(world.queue, "a");
	until(&world, "a b ", "each once, in order");
	queue_add(world.queue, "a");
	queue_add(world.queue, "a");
	until(&world, "a b ", "not again while it is in work");
	queue_done(world.queue, "a");
	until(&world, "a b a ", "but after that");
	queue_done(world.queue, "a");
	until(&world, "a b a ", "and then no more");
	queue_done(world.queue, "nobody");
	queue_set_limit(world.queue, 2);
	queue_add(world.queue, "c");
	queue_add(world.queue, "d");
	until(&world, "a b a c ", "no more at once than the limit");
	queue_done(world.queue, "b");
	until(&world, "a b a c d ", "the next when one is done");
	end(&world);
}

static void test_later(void)
{
	struct world world;

	begin(&world);
	world.finish = true;
	queue_add_after(world.queue, "late", 30);
	queue_add_after(world.queue, "late", 100000);
	queue_add_after(world.queue, "early", 10);
	queue_add(world.queue, "now");
	until(&world, "now early late ", "the earliest time counts");
	world.retries = 3;
	queue_add(world.queue, "again");
	until(&world, "now early late again again again again ", "what failed comes again until it is done");
	end(&world);
}

static void test_freeing(void)
{
	struct world world;

	begin(&world);
	world.free_it = true;
	queue_add(world.queue, "a");
	queue_add(world.queue, "b");
	until(&world, "a ", "work may free its queue");
	end(&world);
}

int main(void)
{
	test_order();
	test_later();
	test_freeing();
	return tap_end();
}
