/* Kinds by every word for them: known ones without a question, others by either form of discovery, and from disk. */
#include "api/discovery.h"

#include <sys/stat.h>

#include "api/client.h"
#include "base/err.h"
#include "base/files.h"
#include "fake.h"
#include "reach/loop.h"
#include "tap.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

#define CORE                                                                                                           \
	"{\"kind\":\"APIGroupDiscoveryList\",\"apiVersion\":\"apidiscovery.k8s.io/v2\",\"metadata\":{},\"items\":[{"   \
	"\"metadata\":{},\"versions\":[{\"version\":\"v1\",\"resources\":[{\"resource\":\"pods\",\"responseKind\":{"   \
	"\"group\":\"\",\"version\":\"\",\"kind\":\"Pod\"},\"scope\":\"Namespaced\",\"singularResource\":\"pod\","     \
	"\"verbs\":[\"get\",\"list\"],\"shortNames\":[\"po\"],\"categories\":[\"all\"]}]}]}]}"
#define GROUPS                                                                                                         \
	"{\"kind\":\"APIGroupDiscoveryList\",\"apiVersion\":\"apidiscovery.k8s.io/v2\",\"metadata\":{},\"items\":[{"   \
	"\"metadata\":{\"name\":\"example.com\"},\"versions\":["                                                       \
	"{\"version\":\"v2\",\"resources\":[{\"resource\":\"widgets\",\"responseKind\":{\"kind\":\"Widget\"},"         \
	"\"scope\":\"Cluster\",\"singularResource\":\"widget\",\"verbs\":[\"list\"],\"shortNames\":[\"wi\"]}]},"       \
	"{\"version\":\"v1\",\"resources\":[{\"resource\":\"widgets\",\"responseKind\":{\"kind\":\"Widget\"},"         \
	"\"scope\":\"Cluster\",\"singularResource\":\"widget\",\"verbs\":[\"list\"]},"                                 \
	"{\"resource\":\"wi\",\"responseKind\":{\"kind\":\"Wi\"},\"scope\":\"Namespaced\",\"singularResource\":\"\"}]" \
	"}]}]}"

static const struct fake_rule aggregated[] = {
	{ "GET /api ", .body = CORE, .wants = "as=APIGroupDiscoveryList" },
	{ "GET /apis ", .body = GROUPS },
};

static const struct fake_rule plain[] = {
	{ "GET /api ", .body = "{\"kind\":\"APIVersions\",\"versions\":[\"v1\"]}" },
	{ "GET /api/v1 ",
		.body = "{\"kind\":\"APIResourceList\",\"groupVersion\":\"v1\",\"resources\":["
			"{\"name\":\"pods\",\"singularName\":\"pod\",\"namespaced\":true,\"kind\":\"Pod\",\"verbs\":["
			"\"get\"]},"
			"{\"name\":\"pods/"
			"log\",\"singularName\":\"\",\"namespaced\":true,\"kind\":\"Pod\",\"verbs\":[\"get\"]}]}" },
	{ "GET /apis ",
		.body = "{\"kind\":\"APIGroupList\",\"apiVersion\":\"v1\",\"groups\":[{\"name\":\"example.com\","
			"\"versions\":[{\"groupVersion\":\"example.com/v1\",\"version\":\"v1\"},{\"groupVersion\":"
			"\"example.com/"
			"v2\",\"version\":\"v2\"}],\"preferredVersion\":{\"version\":\"v2\"}},{\"name\":\"down.io\","
			"\"versions\":[{\"version\":\"v1\"}]}]}" },
	{ "GET /apis/example.com/v1 ", .body = "{\"resources\":[{\"name\":\"widgets\",\"singularName\":\"widget\","
					       "\"namespaced\":false,\"kind\":\"Widget\"}]}" },
	{ "GET /apis/example.com/v2 ", .body = "{\"resources\":[{\"name\":\"widgets\",\"singularName\":\"widget\","
					       "\"namespaced\":false,\"kind\":\"Widget\",\"shortNames\":[\"wi\"]}]}" },
	{ "GET /apis/down.io/v1 ", 503, .body = "service unavailable" },
};

struct world {
	struct fake fake;
	struct loop *loop;
	struct client *client;
	struct discovery *discovery;
};

static void world_begin(struct world *world, const struct fake_rule *rules, size_t count)
{
	fake_start(&world->fake, rules, count);
	world->loop = loop_new();
	world->client = client_new(world->loop, &world->fake.endpoint, "test");
	world->discovery = discovery_new(world->client);
}

static void world_end(struct world *world)
{
	discovery_free(world->discovery);
	client_free(world->client);
	loop_free(world->loop);
	fake_stop(&world->fake);
}

/* "GROUP VERSION PLURAL KIND", or what was wrong. */
static void finds(struct discovery *discovery, const char *word, const char *wanted)
{
	scoped(err) struct err err = { 0 };
	const struct resource *found = discovery_find(discovery, word, &err);
	scoped_free char *got = found ? mem_printf("%s %s %s %s%s", found->group, found->version, found->plural,
						found->kind, found->namespaced ? " namespaced" : "")
				      : mem_printf("%d %s", err.class, err_text(&err));

	same(got, wanted, word);
}

static void test_known(void)
{
	static const char *const words[] = { "pods", "pod", "po", "Pod", "PODS", "pods.v1.", "pods.v1" };
	static const char *const deployments[] = { "deployments", "deploy", "deployment.apps", "deployments.v1.apps" };
	struct world world;

	world_begin(&world, NULL, 0);
	for (size_t i = 0; i < COUNT(words); i++)
		finds(world.discovery, words[i], " v1 pods Pod namespaced");
	for (size_t i = 0; i < COUNT(deployments); i++)
		finds(world.discovery, deployments[i], "apps v1 deployments Deployment namespaced");
	finds(world.discovery, "no", " v1 nodes Node");
	ok(discovery_find_kind(world.discovery, "batch/v1", "Job", NULL) != NULL, "a kind with its apiVersion");
	ok(!world.fake.state->connections, "and nothing was asked");
	world_end(&world);
}

static void test_asking(const char *words, const struct fake_rule *rules, size_t count)
{
	struct world world;
	const struct resource *const *all;
	size_t all_count;

	world_begin(&world, rules, count);
	finds(world.discovery, "widgets", "example.com v2 widgets Widget");
	finds(world.discovery, "WIDGET", "example.com v2 widgets Widget");
	finds(world.discovery, "widgets.v1.example.com", "example.com v1 widgets Widget");
	finds(world.discovery, "widgets.example.com", "example.com v2 widgets Widget");
	finds(world.discovery, "widgets.example.org",
		"3 the server doesn't have a resource type \"widgets.example.org\"");
	finds(world.discovery, "frobs", "3 the server doesn't have a resource type \"frobs\"");
	ok(discovery_find_kind(world.discovery, "example.com/v1", "Widget", NULL) != NULL,
		"a custom kind by apiVersion");
	ok(!discovery_find_kind(world.discovery, "example.com/v3", "Widget", NULL), "but only in those there are");
	ok(discovery_all(world.discovery, &all, &all_count, NULL) == 0 && all_count >= 2, "%zu kinds in all",
		all_count);
	ok(fake_used(&world.fake) == count && !world.fake.state->strangers, "%s: each question once", words);
	world_end(&world);
}

static void test_cache(const char *dir)
{
	scoped_free char *kinds = mem_printf("%s/podline/kinds", dir);
	struct fake fake;
	struct loop *loop = loop_new();
	struct stat st = { 0 };

	fake_start(&fake, aggregated, COUNT(aggregated));
	for (int round = 0; round < 2; round++) {
		struct client *client = client_new(loop, &fake.endpoint, "test");
		struct discovery *discovery = discovery_new(client);

		finds(discovery, "wi", "example.com v1 wi Wi namespaced");
		if (round == 1) {
			ok(fake.state->connections == 1, "a second process asks nothing");
			fake.state->used[0] = fake.state->used[1] = 0;
			finds(discovery, "frobs", "3 the server doesn't have a resource type \"frobs\"");
			ok(fake_used(&fake) == 2, "unless a kind is unknown");
		} else {
			ok(stat(kinds, &st) == 0 && (st.st_mode & 077) == 0, "the cache is its owner's");
		}
		discovery_free(discovery);
		client_free(client);
	}
	loop_free(loop);
	fake_stop(&fake);
}

static void test_unreachable(void)
{
	struct loop *loop = loop_new();
	struct endpoint endpoint = { .server = "unix:///nowhere/at/all" };
	struct client *client = client_new(loop, &endpoint, "test");
	struct discovery *discovery = discovery_new(client);
	scoped(err) struct err err = { 0 };

	ok(!discovery_find(discovery, "widgets", &err) && err.class == ERR_UNREACHABLE, "no server");
	discovery_free(discovery);
	client_free(client);
	loop_free(loop);
}

int main(void)
{
	char dir[] = "/tmp/podline-unit.XXXXXX";

	if (!mkdtemp(dir))
		return 99;
	setenv("XDG_CACHE_HOME", dir, 1);
	test_known();
	test_asking("aggregated", aggregated, COUNT(aggregated));
	test_asking("plain", plain, COUNT(plain));
	test_cache(dir);
	test_unreachable();
	files_remove_tree(dir, NULL);
	return tap_end();
}
