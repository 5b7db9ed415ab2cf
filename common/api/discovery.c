#include "api/discovery.h"

#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "api/client.h"
#include "base/buf.h"
#include "base/files.h"
#include "base/mem.h"
#include "formats/jvs.h"
#include "reach/endpoint.h"
#include "reach/loop.h"

#define CACHE_MAX ((size_t)64 << 20)
#define CACHE_S (6 * 3600)              /* kubectl's */
#define CACHE_FORM 1                    /* a file of another form is not read */
#define ACCEPT                                                                                                         \
	"application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"                                        \
	"application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json"

struct discovery {
	struct client *client;
	/* What was found in one of them stays lent while the next is looked at. */
	struct resources known;         /* without asking */
	struct resources cached;        /* what the server said when it was last asked */
	struct resources served;        /* what it says now */
	bool looked;                    /* at the cache */
	bool asked;
	const struct resource **preferred;
};

struct discovery *discovery_new(struct client *client)
{
	struct discovery *discovery = mem_alloc(sizeof *discovery);

	discovery->client = client;
	resources_add_well_known(&discovery->known);
	return discovery;
}

void discovery_free(struct discovery *discovery)
{
	if (!discovery)
		return;
	resources_release(&discovery->known);
	resources_release(&discovery->cached);
	resources_release(&discovery->served);
	free(discovery->preferred);
	free(discovery);
}

static void add_texts(struct strs *strs, jv object, const char *key)
{
	scoped(jv) jv list = jvs_at(object, key);

	for (int i = 0; i < jvs_len(list); i++) {
		scoped(jv) jv item = jvs_item(list, i);

		strs_add(strs, jvs_text(item));
	}
}

/* One resource of the aggregated form, or of the plain one, whose keys are others. Subresources ("pods/log") are none.
 * */
static void add_resource(struct resources *resources, const char *group, const char *version, jv from, bool plain)
{
	scoped_free char *plural = jvs_get_text(from, plain ? "name" : "resource");
	scoped_free char *singular = jvs_get_text(from, plain ? "singularName" : "singularResource");
	scoped_free char *kind = jvs_get_text(from, plain ? "kind" : "responseKind.kind");
	bool namespaced = plain ? jvs_get_bool(from, "namespaced", false) : jvs_get_is(from, "scope", "Namespaced");
	struct resource *resource;

	if (!plural || !kind || strchr(plural, '/'))
		return;
	resource = resources_add(resources, group, version, plural, singular, kind, namespaced);
	add_texts(&resource->short_names, from, "shortNames");
	add_texts(&resource->verbs, from, "verbs");
	add_texts(&resource->categories, from, "categories");
}

static void add_resources(struct resources *resources, const char *group, const char *version, jv list, bool plain)
{
	for (int i = 0; i < jvs_len(list); i++) {
		scoped(jv) jv item = jvs_item(list, i);

		add_resource(resources, group, version, item, plain);
	}
}

static void add_aggregated(struct resources *resources, jv answer)
{
	scoped(jv) jv groups = jvs_at(answer, "items");

	for (int i = 0; i < jvs_len(groups); i++) {
		scoped(jv) jv group = jvs_item(groups, i), versions = jvs_at(group, "versions");
		scoped_free char *name = jvs_get_text(group, "metadata.name");

		for (int j = 0; j < jvs_len(versions); j++) {
			scoped(jv) jv version = jvs_item(versions, j), list = jvs_at(version, "resources");
			scoped_free char *text = jvs_get_text(version, "version");

			if (text)
				add_resources(resources, name, text, list, false);
		}
	}
}

/* Plain discovery: a request for each version of each group, all at once. */

struct part {
	char *group, *version;
	jv answer;
	size_t *left;
};

static void part_done(void *arg, jv object, struct err *err)
{
	struct part *part = arg;

	/* One that cannot be had is left out, as kubectl does: mostly an aggregated API whose server is down. */
	if (!err->class)
		part->answer = jv_copy(object);
	--*part->left;
}

static void parts_add(struct part **parts, size_t *count, const char *group, const char *version)
{
	*parts = mem_grow(*parts, *count + 1, sizeof **parts);
	(*parts)[(*count)++] = (struct part){ mem_dup(group), mem_dup(version), jv_null(), NULL };
}

static void part_ask(struct discovery *discovery, struct part *part)
{
	struct call call = { .method = "GET", .target = { .group = part->group, .version = part->version } };

	client_start(discovery->client, &call, part_done, part);
}

/* A group's versions, the preferred one first. */
static void parts_of_group(struct part **parts, size_t *count, jv group)
{
	scoped_free char *preferred = jvs_get_text(group, "preferredVersion.version");
	scoped_free char *name = jvs_get_text(group, "name");
	scoped(jv) jv versions = jvs_at(group, "versions");

	if (preferred)
		parts_add(parts, count, name, preferred);
	for (int i = 0; i < jvs_len(versions); i++) {
		scoped(jv) jv version = jvs_item(versions, i);
		scoped_free char *text = jvs_get_text(version, "version");

		if (text && (!preferred || strcmp(text, preferred) != 0))
			parts_add(parts, count, name, text);
	}
}

static void parts_of(struct part **parts, size_t *count, jv answer)
{
	scoped(jv) jv versions = jvs_at(answer, "versions"), groups = jvs_at(answer, "groups");

	for (int i = 0; i < jvs_len(versions); i++) {
		scoped(jv) jv version = jvs_item(versions, i);

		parts_add(parts, count, "", jvs_text(version));
	}
	for (int i = 0; i < jvs_len(groups); i++) {
		scoped(jv) jv group = jvs_item(groups, i);

		parts_of_group(parts, count, group);
	}
}

static int add_plain(struct discovery *discovery, struct resources *resources, jv answer, struct err *err)
{
	struct part *parts = NULL;
	size_t count = 0, left;
	int result = 0;

	parts_of(&parts, &count, answer);
	left = count;
	for (size_t i = 0; i < count; i++) {
		parts[i].left = &left;
		part_ask(discovery, &parts[i]);
	}
	while (left && result == 0)
		result = loop_once(client_loop(discovery->client), -1, err);
	for (size_t i = 0; i < count; i++) {
		scoped(jv) jv list = jvs_at(parts[i].answer, "resources");

		add_resources(resources, parts[i].group, parts[i].version, list, true);
		free(parts[i].group);
		free(parts[i].version);
		jv_free(parts[i].answer);
	}
	free(parts);
	return result;
}

static int ask_root(struct discovery *discovery, struct resources *resources, const char *root, struct err *err)
{
	struct call call = { .method = "GET", .target = { .path = root }, .accept = ACCEPT };
	scoped(jv) jv answer = jv_null();

	if (client_call(discovery->client, &call, &answer, err) < 0)
		return -1;
	if (jvs_get_is(answer, "kind", "APIGroupDiscoveryList")) {
		add_aggregated(resources, answer);
		return 0;
	}
	return add_plain(discovery, resources, answer, err);
}

/* The cache on disk. */

static char *cache_path(const struct discovery *discovery)
{
	scoped_free char *dir = files_cache_dir();
	uint64_t hash = UINT64_C(14695981039346656037);         /* FNV-1a */

	if (!dir)
		return NULL;
	for (const char *at = client_endpoint(discovery->client)->server; *at; at++)
		hash = (hash ^ (unsigned char)*at) * UINT64_C(1099511628211);
	return mem_printf("%s/kinds/%016" PRIx64 ".json", dir, hash);
}

static jv texts(const struct strs *strs)
{
	jv list = jv_array();

	for (size_t i = 0; i < strs->len; i++)
		list = jv_array_append(list, jv_string(strs->at[i]));
	return list;
}

/* That it cannot be written is no failure: then it is asked for each time. */
static void cache_write(const struct discovery *discovery)
{
	scoped_free char *path = cache_path(discovery), *dir = NULL;
	scoped(buf) struct buf text = { 0 };
	jv list = jv_array();

	if (!path) {
		jv_free(list);
		return;
	}
	for (size_t i = 0; i < discovery->served.len; i++) {
		const struct resource *resource = discovery->served.at[i];

		list = jv_array_append(list, jvs_object("group", jv_string(resource->group), "version",
			jv_string(resource->version), "name", jv_string(resource->plural), "singularName",
			jv_string(resource->singular), "kind", jv_string(resource->kind), "namespaced",
			resource->namespaced ? jv_true() : jv_false(), "shortNames", texts(&resource->short_names),
			"verbs", texts(&resource->verbs), "categories", texts(&resource->categories), NULL));
	}
	{
		scoped(jv) jv whole = jvs_object("form", jv_number(CACHE_FORM), "server",
			jv_string(client_endpoint(discovery->client)->server), "resources", list, NULL);

		jvs_print(whole, &text);
	}
	dir = mem_dup_n(path, (size_t)(strrchr(path, '/') - path));
	if (files_make_dir(dir, NULL) == 0)
		(void)files_write(path, buf_text(&text), text.len, NULL);
}

static void cache_read(struct discovery *discovery)
{
	scoped_free char *path = cache_path(discovery);
	scoped(buf) struct buf text = { 0 };
	scoped(jv) jv whole = jv_null(), list = jv_null();
	struct stat st;

	discovery->looked = true;
	if (!path || stat(path, &st) < 0 || time(NULL) - st.st_mtime > CACHE_S ||
		buf_read_file(&text, path, CACHE_MAX) < 0 || jvs_parse(buf_slice(&text), &whole, NULL) < 0 ||
		jvs_get_int(whole, "form", 0) != CACHE_FORM ||
		!jvs_get_is(whole, "server", client_endpoint(discovery->client)->server))
		return;
	list = jvs_at(whole, "resources");
	for (int i = 0; i < jvs_len(list); i++) {
		scoped(jv) jv item = jvs_item(list, i);
		scoped_free char *group = jvs_get_text(item, "group"), *version = jvs_get_text(item, "version");

		if (version)
			add_resource(&discovery->cached, group, version, item, true);
	}
}

static int ask(struct discovery *discovery, struct err *err)
{
	discovery->asked = true;
	if (ask_root(discovery, &discovery->served, "/api", err) < 0 ||
		ask_root(discovery, &discovery->served, "/apis", err) < 0)
		return err_wrap(err, "asking for the kinds");
	cache_write(discovery);
	return 0;
}

/* What is searched for. */
struct wanted {
	const char *word;
	const char *api_version, *kind;         /* in place of word */
};

static const struct resource *find_in(const struct resources *resources, const struct wanted *wanted)
{
	return wanted->word ? resources_find(resources, wanted->word) :
			      resources_find_kind(resources, wanted->api_version, wanted->kind);
}

/* In the order of what it costs. *failed: the server could not be asked, and err says why. */
static const struct resource *find(struct discovery *discovery, const struct wanted *wanted, bool *failed,
	struct err *err)
{
	const struct resource *found = find_in(&discovery->known, wanted);

	*failed = false;
	if (!found && !discovery->asked && !discovery->looked)
		cache_read(discovery);
	if (!found && !discovery->asked)
		found = find_in(&discovery->cached, wanted);
	if (!found && !discovery->asked && ask(discovery, err) < 0)
		*failed = true;
	return found ? found : find_in(&discovery->served, wanted);
}

const struct resource *discovery_find(struct discovery *discovery, const char *word, struct err *err)
{
	bool failed;
	const struct resource *found = find(discovery, &(struct wanted){ .word = word }, &failed, err);

	if (!found && !failed)
		err_set(err, ERR_NOT_FOUND, NULL, "the server doesn't have a resource type \"%s\"", word);
	return found;
}

const struct resource *discovery_find_kind(struct discovery *discovery, const char *api_version, const char *kind,
	struct err *err)
{
	bool failed;
	const struct resource *found =
		find(discovery, &(struct wanted){ .api_version = api_version, .kind = kind }, &failed, err);

	if (!found && !failed)
		err_set(err, ERR_NOT_FOUND, NULL, "no matches for kind \"%s\" in version \"%s\"", kind, api_version);
	return found;
}

int discovery_all(struct discovery *discovery, const struct resource *const **all, size_t *count, struct err *err)
{
	const struct resources *resources;

	*count = 0;
	if (!discovery->asked && !discovery->looked)
		cache_read(discovery);
	if (!discovery->asked && !discovery->cached.len && ask(discovery, err) < 0)
		return -1;
	resources = discovery->served.len ? &discovery->served : &discovery->cached;
	free(discovery->preferred);
	discovery->preferred = mem_array(resources->len, sizeof *discovery->preferred);
	for (size_t i = 0; i < resources->len; i++)
		if (resource_is_preferred(resources, resources->at[i]))
			discovery->preferred[(*count)++] = resources->at[i];
	*all = discovery->preferred;
	return 0;
}
