/* The reflector's cache: in step with the server over lists, watches, 410 and writes that were learned of; its index.
 * */
#include "api/reflector.h"

#include "api/client.h"
#include "base/buf.h"
#include "base/clock.h"
#include "fake.h"
#include "formats/jvs.h"
#include "reach/loop.h"
#include "tap.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define LIST "GET /api/v1/pods?limit=500 "
#define WATCH(version) "GET /api/v1/pods?watch=1&allowWatchBookmarks=true&resourceVersion=" version "&"
#define META(name, version, more)                                                                                      \
	"\"metadata\":{\"name\":\"" name "\",\"namespace\":\"ns\",\"uid\":\"u-" name                                   \
	"\",\"resourceVersion\":\"" version "\",\"managedFields\":[{}]}" more
#define POD(name, version, node) "{" META(name, version, ",\"spec\":{\"nodeName\":\"" node "\"}") "}"
#define EVENT(type, name, version, node)                                                                               \
	"{\"type\":\"" type "\",\"object\":{\"kind\":\"Pod\",\"apiVersion\":\"v1\"," META(                             \
		name, version, ",\"spec\":{\"nodeName\":\"" node "\"}") "}}\n"
#define GONE "{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"code\":410,\"message\":\"too old\"}}\n"
#define PODLIST(version, items)                                                                                        \
	"{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":\"" version                     \
	"\"},\"items\":[" items "]}"

struct world {
	struct fake fake;
	struct loop *loop;
	struct client *client;
	struct reflector *reflector;
	struct buf told; /* "a-1 " put for the first time, "a1-4 " changed, "a4- " gone */
	unsigned synced, failures;
};

static int version(jv object)
{
	scoped_free char *text = jvs_get_text(object, "metadata.resourceVersion");

	return text ? atoi(text) : 0;
}

static void changed(void *arg, const char *key, jv before, jv after)
{
	struct world *world = arg;

	buf_printf(&world->told, "%s", strchr(key, '/') + 1);
	if (version(before))
		buf_printf(&world->told, "%d", version(before));
	buf_add_char(&world->told, '-');
	if (version(after))
		buf_printf(&world->told, "%d", version(after));
	buf_add_char(&world->told, ' ');
}

static void synced(void *arg)
{
	struct world *world = arg;

	world->synced++;
	buf_add_text(&world->told, "| ");
}

static void failed(void *arg, const struct err *err)
{
	(void)err;
	((struct world *)arg)->failures++;
}

static void by_node(jv object, struct strs *keys)
{
	scoped_free char *node = jvs_get_text(object, "spec.nodeName");

	if (node)
		strs_add(keys, node);
}

static void world_begin(struct world *world, const struct fake_rule *rules, size_t count)
{
	struct reflector_options options = { .version = "v1",
		.plural = "pods",
		.changed = changed,
		.synced = synced,
		.failed = failed,
		.index = by_node,
		.arg = world };

	*world = (struct world){ .loop = loop_new() };
	fake_start(&world->fake, rules, count);
	world->client = client_new(world->loop, &world->fake.endpoint, "test");
	world->reflector = reflector_new(world->client, &options);
}

/* Turns the loop until that much was told. */
static void until(struct world *world, const char *wanted, const char *words)
{
	int64_t deadline = clock_ms() + 10000;

	while (strlen(buf_text(&world->told)) < strlen(wanted) && clock_ms() < deadline)
		loop_once(world->loop, 100, NULL);
	same(buf_text(&world->told), wanted, words);
}

static void world_end(struct world *world)
{
	reflector_free(world->reflector);
	client_free(world->client);
	loop_free(world->loop);
	fake_stop(&world->fake);
	buf_release(&world->told);
}

static void count_one(void *arg, jv object)
{
	(void)object;
	++*(int *)arg;
}

static int on_node(struct world *world, const char *node)
{
	int count = 0;

	reflector_each_of(world->reflector, node, count_one, &count);
	return count;
}

static jv pod(const char *name, int at)
{
	jv object = jv_object();
	scoped_free char *text = mem_printf("%d", at), *uid = mem_printf("u-%s", name);

	jvs_set_text(&object, "metadata.name", name);
	jvs_set_text(&object, "metadata.namespace", "ns");
	jvs_set_text(&object, "metadata.uid", uid);
	jvs_set_text(&object, "metadata.resourceVersion", text);
	return object;
}

static void learn(struct world *world, const char *name, int at)
{
	scoped(jv) jv object = pod(name, at);

	reflector_learn(world->reflector, object);
}

static void test_cache(void)
{
	static const struct fake_rule rules[] = {
		{ LIST, 503, .body = "not yet" },
		{ LIST, .body = PODLIST("3", POD("a", "1", "n1") "," POD("b", "2", "n1")) },
		{ WATCH("3"), .how = FAKE_ENDED,
			.body = EVENT("MODIFIED", "a", "4", "n2") EVENT("ADDED", "c", "5", "n2")
				EVENT("DELETED", "b", "6", "n1") },
		{ WATCH("6"), .how = FAKE_ENDED, .body = GONE },
		{ LIST, .body = PODLIST("9", POD("c", "8", "n1") "," POD("d", "7", "n1")) },
		{ WATCH("9"), .how = FAKE_OPEN, .body = EVENT("MODIFIED", "d", "10", "n1") },
	};
	struct world world;
	scoped(jv) jv object = jv_null();

	world_begin(&world, rules, COUNT(rules));
	ok(!reflector_synced(world.reflector), "not synced at first");
	until(&world, "a-1 b-2 | a1-4 c-5 b2- c5-8 d-7 a4- d7-10 ", "list, watch, 410, list, watch");
	ok(world.synced == 1 && reflector_synced(world.reflector), "synced once");
	ok(world.failures >= 1, "what failed at first was told");
	ok(reflector_count(world.reflector) == 2, "two objects are there");
	ok(on_node(&world, "n1") == 2 && on_node(&world, "n2") == 0, "and the index agrees");
	object = reflector_get(world.reflector, "ns/d");
	ok(jvs_get_is(object, "kind", "Pod"), "an object has its kind");
	{
		scoped(jv) jv none = jvs_get(object, "metadata.managedFields");

		ok(jvs_is(none, JV_KIND_NULL), "and no managedFields");
	}
	ok(fake_used(&world.fake) == COUNT(rules), "each question came");
	world_end(&world);
}

static void test_learning(void)
{
	static const struct fake_rule rules[] = {
		{ LIST, .body = PODLIST("3", POD("a", "1", "n1")) },
		{ WATCH("3"), .how = FAKE_ENDED, .body = EVENT("MODIFIED", "a", "4", "n1") },
		{ WATCH("4"), .how = FAKE_OPEN,
			.body = EVENT("MODIFIED", "a", "5", "n1") EVENT("MODIFIED", "a", "6", "n1")
				EVENT("MODIFIED", "a", "7", "n1") EVENT("DELETED", "a", "8", "n1") },
	};
	struct world world;

	world_begin(&world, rules, COUNT(rules));
	until(&world, "a-1 | a1-4 ", "the list and an event");
	learn(&world, "a", 6);
	learn(&world, "a", 5);
	same(buf_text(&world.told), "a-1 | a1-4 a4-6 ", "a newer one is taken, an older one not");
	until(&world, "a-1 | a1-4 a4-6 a6-7 a7- ", "the watch does not go back behind it");
	learn(&world, "a", 7);
	ok(reflector_count(world.reflector) == 0, "and what was deleted does not come back by a late answer");
	learn(&world, "b", 9);
	ok(reflector_count(world.reflector) == 1, "but a new one comes");
	world_end(&world);
}

/* A server that was set up anew begins to count versions anew. */
static void test_reset(void)
{
	static const struct fake_rule rules[] = {
		{ LIST, .body = PODLIST("300", POD("a", "100", "n1") "," POD("b", "200", "n1")) },
		{ WATCH("300"), .how = FAKE_ENDED, .body = GONE },
		{ LIST, .body = PODLIST("3", POD("a", "1", "n1")) },
		{ WATCH("3"), .how = FAKE_OPEN, .body = EVENT("MODIFIED", "a", "4", "n1") },
	};
	struct world world;

	world_begin(&world, rules, COUNT(rules));
	until(&world, "a-100 b-200 | a100-1 b200- a1-4 ", "versions that begin anew");
	world_end(&world);
}

static void free_it(void *arg, const char *key, jv before, jv after)
{
	struct world *world = arg;

	(void)key;
	(void)before;
	(void)after;
	reflector_free(world->reflector);
	world->reflector = NULL;
}

static void test_freeing(void)
{
	static const struct fake_rule rules[] = { { LIST,
		.body = PODLIST("3", POD("a", "1", "n1") "," POD("b", "2", "n1")) } };
	struct reflector_options options = { .version = "v1", .plural = "pods", .changed = free_it };
	struct world world = { .loop = loop_new() };

	options.arg = &world;
	fake_start(&world.fake, rules, COUNT(rules));
	world.client = client_new(world.loop, &world.fake.endpoint, "test");
	world.reflector = reflector_new(world.client, &options);
	while (world.reflector)
		loop_once(world.loop, -1, NULL);
	ok(true, "a callback may free its reflector");
	world_end(&world);
}

#define MANY 20000

static void test_many(void)
{
	struct buf body = { 0 };
	struct fake_rule rules[] = { { LIST, .status = 200 },
		{ WATCH("3"), .how = FAKE_OPEN, .body = EVENT("ADDED", "last", "4", "n1") } };
	struct world world;
	int64_t began, took;

	buf_add_text(&body,
		"{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":\"3\"},\"items\":[");
	for (int i = 0; i < MANY; i++)
		buf_printf(&body,
			"%s{\"metadata\":{\"name\":\"p%d\",\"namespace\":\"ns\",\"uid\":\"u%d\",\"resourceVersion\":"
			"\"%d\"},\"spec\":{\"nodeName\":\"n%d\"}}",
			i ? "," : "", i, i, i + 1, i % 3);
	buf_add_text(&body, "]}");
	rules[0].body = buf_text(&body);
	began = clock_ms();
	world_begin(&world, rules, COUNT(rules));
	while (reflector_count(world.reflector) <= MANY && clock_ms() < began + 60000)
		loop_once(world.loop, 1000, NULL);
	took = clock_ms() - began;
	ok(reflector_count(world.reflector) == MANY + 1, "%d objects", MANY);
	ok(on_node(&world, "n1") == MANY / 3 + 2, "and their index");
	printf("# in %d ms\n", (int)took);
	world_end(&world);
	buf_release(&body);
}

int main(void)
{
	test_cache();
	test_learning();
	test_reset();
	test_freeing();
	test_many();
	return tap_end();
}
