#include "api/discover.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "api/answer.h"
#include "api/kind.h"
#include "api/negotiate.h"
#include "api/openapi.h"
#include "api/reply.h"
#include "api/request.h"
#include "base/map.h"
#include "base/mem.h"
#include "formats/jvs.h"

#ifdef __x86_64__
#define MACHINE "amd64"
#elif defined(__aarch64__)
#define MACHINE "arm64"
#else
#define MACHINE "unknown"
#endif

/* The version whose behaviour this is. */
#define MAJOR "1"
#define MINOR "36"
#define GIT_VERSION "v1.36.2"

static jv texts(const char *const *list)
{
	jv array = jv_array();

	for (; list && *list; list++)
		array = jv_array_append(array, jv_string(*list));
	return array;
}

static void put_texts(jv *object, const char *key, const char *const *list)
{
	if (list)
		jvs_put(object, key, texts(list));
}

static int version(struct request *request)
{
	scoped(jv) jv object = jvs_object("major", jv_string(MAJOR), "minor", jv_string(MINOR), "emulationMajor",
		jv_string(MAJOR), "emulationMinor", jv_string(MINOR), "minCompatibilityMajor", jv_string(MAJOR),
		"minCompatibilityMinor", jv_string("35"), "gitVersion",
		jv_string(GIT_VERSION "+podline-" PODLINE_VERSION), "gitCommit", jv_string(""), "gitTreeState",
		jv_string("clean"), "buildDate", jv_string("1970-01-01T00:00:00Z"), "goVersion", jv_string("none"),
		"compiler", jv_string("gcc"), "platform", jv_string("linux/" MACHINE), NULL);

	/* Read by people, whoever asks. */
	request->media = (struct media){ .pretty = true };
	answer_json(request, 200, object);
	return 0;
}

/* Whether kinds[i] is the first of its group, but for the core's, which has none. */
static bool begins_group(size_t i)
{
	return *kinds[i]->group && (i == 0 || strcmp(kinds[i - 1]->group, kinds[i]->group) != 0);
}

static jv group_of(const struct kind *kind)
{
	jv version = jvs_object("groupVersion", jv_string_fmt("%s/%s", kind->group, kind->version), "version",
		jv_string(kind->version), NULL);

	return jvs_object("name", jv_string(kind->group), "versions", jv_array_append(jv_array(), jv_copy(version)),
		"preferredVersion", version, NULL);
}

static const struct kind *first_of(const char *group)
{
	for (size_t i = 0; kinds[i]; i++)
		if (strcmp(kinds[i]->group, group) == 0)
			return kinds[i];
	return NULL;
}

static jv resource(const struct kind *kind)
{
	jv object = jvs_object("name", jv_string(kind->plural), "singularName", jv_string(kind->singular), "namespaced",
		kind->namespaced ? jv_true() : jv_false(), "kind", jv_string(kind->kind), "verbs", texts(kind->verbs),
		NULL);

	put_texts(&object, "shortNames", kind->short_names);
	put_texts(&object, "categories", kind->categories);
	if (kind->storage_hash)
		jvs_put(&object, "storageVersionHash", jv_string(kind->storage_hash));
	return object;
}

static jv subresource(const struct kind *kind, const struct subresource *sub)
{
	jv object = jvs_object("name", jv_string_fmt("%s/%s", kind->plural, sub->name), "singularName", jv_string(""),
		"namespaced", kind->namespaced ? jv_true() : jv_false(), NULL);

	if (*sub->group)
		jvs_put(&object, "group", jv_string(sub->group));
	if (*sub->version)
		jvs_put(&object, "version", jv_string(sub->version));
	jvs_put(&object, "kind", jv_string(sub->kind));
	jvs_put(&object, "verbs", texts(sub->verbs));
	return object;
}

static int resources(struct request *request, const char *group, const char *version)
{
	jv list = jv_array();
	scoped(jv) jv object = jvs_object("kind", jv_string("APIResourceList"), NULL);

	if (*group)
		jvs_put(&object, "apiVersion", jv_string("v1"));
	jvs_put(&object, "groupVersion", *group ? jv_string_fmt("%s/%s", group, version) : jv_string(version));
	for (size_t i = 0; kinds[i]; i++) {
		if (strcmp(kinds[i]->group, group) != 0)
			continue;
		list = jv_array_append(list, resource(kinds[i]));
		for (size_t j = 0; j < kinds[i]->subresource_count; j++)
			list = jv_array_append(list, subresource(kinds[i], &kinds[i]->subresources[j]));
	}
	jvs_put(&object, "resources", list);
	answer_json(request, 200, object);
	return 0;
}

/* The aggregated form. */
static jv response_kind(const char *group, const char *version, const char *kind)
{
	return jvs_object("group", jv_string(group), "version", jv_string(version), "kind", jv_string(kind), NULL);
}

static jv aggregated_resource(const struct kind *kind)
{
	jv object = jvs_object("resource", jv_string(kind->plural), "responseKind", response_kind("", "", kind->kind),
		"scope", jv_string(kind->namespaced ? "Namespaced" : "Cluster"), "singularResource",
		jv_string(kind->singular), "verbs", texts(kind->verbs), NULL);
	jv list = jv_array();

	put_texts(&object, "shortNames", kind->short_names);
	put_texts(&object, "categories", kind->categories);
	for (size_t i = 0; i < kind->subresource_count; i++) {
		const struct subresource *sub = &kind->subresources[i];

		list = jv_array_append(list, jvs_object("subresource", jv_string(sub->name), "responseKind",
			response_kind(sub->group, sub->version, sub->kind), "verbs", texts(sub->verbs), NULL));
	}
	if (kind->subresource_count)
		jvs_put(&object, "subresources", list);
	else
		jv_free(list);
	return object;
}

static jv aggregated_group(const struct kind *first)
{
	jv list = jv_array(), version, metadata = jv_object();

	for (size_t i = 0; kinds[i]; i++)
		if (strcmp(kinds[i]->group, first->group) == 0)
			list = jv_array_append(list, aggregated_resource(kinds[i]));
	version = jvs_object(
		"version", jv_string(first->version), "resources", list, "freshness", jv_string("Current"), NULL);
	if (*first->group)
		jvs_put(&metadata, "name", jv_string(first->group));
	return jvs_object("metadata", metadata, "versions", jv_array_append(jv_array(), version), NULL);
}

static int answer_tagged(struct request *request, jv object)
{
	scoped(buf) struct buf json = {0};
	scoped_free char *tag = NULL;

	jvs_print(object, &json);
	tag = mem_printf("\"%08X%08zX\"", map_hash(buf_text(&json)), json.len);
	request->answer.cache = "public";
	strs_printf(&request->answer.headers, "Etag: %s", tag);
	strs_add(&request->answer.headers, "Vary: Accept");
	if (request->if_none_match && strcmp(request->if_none_match, tag) == 0) {
		request->answer.code = 304;
		return 0;
	}
	answer_finish(request, 200, &json);
	request->answer.type = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
	return 0;
}

static int aggregated(struct request *request, bool core)
{
	jv list = jv_array();
	scoped(jv) jv object = jvs_object("kind", jv_string("APIGroupDiscoveryList"), "apiVersion",
		jv_string("apidiscovery.k8s.io/v2"), "metadata", jv_object(), NULL);

	for (size_t i = 0; kinds[i]; i++)
		if (core ? i == 0 : begins_group(i))
			list = jv_array_append(list, aggregated_group(kinds[i]));
	jvs_put(&object, "items", list);
	return answer_tagged(request, object);
}

static int api(struct request *request)
{
	jv address = jvs_object(
		"clientCIDR", jv_string("0.0.0.0/0"), "serverAddress", jv_string(request->api->address), NULL);
	scoped(jv) jv object = jvs_object("kind", jv_string("APIVersions"), "versions",
		jv_array_append(jv_array(), jv_string("v1")), "serverAddressByClientCIDRs",
		jv_array_append(jv_array(), address), NULL);

	if (request->media.form == FORM_DISCOVERY)
		return aggregated(request, true);
	answer_json(request, 200, object);
	return 0;
}

static int apis(struct request *request)
{
	jv list = jv_array();
	scoped(jv) jv object = jvs_object("kind", jv_string("APIGroupList"), "apiVersion", jv_string("v1"), NULL);

	for (size_t i = 0; kinds[i]; i++)
		if (begins_group(i))
			list = jv_array_append(list, group_of(kinds[i]));
	jvs_put(&object, "groups", list);
	if (request->media.form == FORM_DISCOVERY)
		return aggregated(request, false);
	answer_json(request, 200, object);
	return 0;
}

static int group(struct request *request, const struct kind *first)
{
	scoped(jv) jv name = group_of(first);
	scoped(jv) jv object = jv_object_merge(
		jvs_object("kind", jv_string("APIGroup"), "apiVersion", jv_string("v1"), NULL), jv_copy(name));

	answer_json(request, 200, object);
	return 0;
}

static int root(struct request *request)
{
	static const char *const others[] = {
		"/healthz",
		"/healthz/ping",
		"/livez",
		"/livez/ping",
		"/openapi/v3",
		"/openapi/v3/",
		"/readyz",
		"/readyz/ping",
		"/version",
		NULL,
	};
	jv paths = jv_array();
	scoped(jv) jv object = jv_object();

	paths = jv_array_concat(jv_array_append(paths, jv_string("/api")),
		JV_ARRAY(jv_string("/api/v1"), jv_string("/apis"), jv_string("/apis/")));
	for (size_t i = 0; kinds[i]; i++) {
		if (!begins_group(i))
			continue;
		paths = jv_array_append(paths, jv_string_fmt("/apis/%s", kinds[i]->group));
		paths = jv_array_append(paths, jv_string_fmt("/apis/%s/%s", kinds[i]->group, kinds[i]->version));
	}
	paths = jv_array_concat(paths, texts(others));
	jvs_put(&object, "paths", jv_sort(paths, jv_copy(paths)));
	answer_json(request, 200, object);
	return 0;
}

/* As HTTP writes a date. */
static char *http_date(int64_t seconds)
{
	char text[64];
	time_t at = (time_t)seconds;
	struct tm tm;

	gmtime_r(&at, &tm);
	strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &tm);
	return mem_dup(text);
}

static int openapi_index(struct request *request)
{
	scoped_free char *since = http_date(request->api->since);
	jv paths = jv_object();
	scoped(jv) jv object = jv_object();
	scoped(buf) struct buf json = {0};

	for (const struct openapi *document = openapi_documents; document->path; document++)
		jvs_put(&paths, document->path, jvs_object("serverRelativeURL",
			jv_string_fmt("/openapi/v3/%s?hash=%s", document->path, document->hash), NULL));
	jvs_put(&object, "paths", paths);
	jvs_print(object, &json);
	strs_printf(&request->answer.headers, "Last-Modified: %s", since);
	answer_text(request, 200, buf_text(&json));
	return 0;
}

/* With the hash that the index gave, it may be kept for good. */
static int openapi_document(struct request *request, const char *path)
{
	const char *hash = query_get(&request->query, "hash");
	struct answer *answer = &request->answer;

	for (const struct openapi *document = openapi_documents; document->path; document++) {
		if (strcmp(document->path, path) != 0)
			continue;
		strs_printf(&answer->headers, "Etag: \"%s\"", document->hash);
		strs_add(&answer->headers, "Vary: Accept");
		if (hash && strcmp(hash, document->hash) == 0)
			answer->cache = "public, immutable";
		answer->code = 200;
		answer->type = "application/json";
		buf_add(&answer->bytes, document->at, document->len);
		return 0;
	}
	answer->code = 404;
	return -1;
}

static int openapi(struct request *request)
{
	if (request->parts.len < 2 || strcmp(request->parts.at[1], "v3") != 0)
		return reply_no_page(request);
	if (request->parts.len == 2)
		return openapi_index(request);
	return openapi_document(request, request->path + strlen("/openapi/v3/"));
}

/* /api… and /apis…: those that no resource is in. */
static int groups(struct request *request)
{
	const struct strs *parts = &request->parts;
	bool core = strcmp(parts->at[0], "api") == 0;
	const char *name = core ? "" : parts->len > 1 ? parts->at[1] : NULL;
	const char *version = parts->len > (core ? 1U : 2U) ? parts->at[core ? 1 : 2] : NULL;
	const struct kind *first = name ? first_of(name) : NULL;

	if (name && !first)
		return reply_no_page(request);
	if (version && (strcmp(version, first->version) != 0 || parts->len > (core ? 2U : 3U)))
		return reply_no_resource(request);
	if (version)
		return resources(request, name, version);
	if (core)
		return api(request);
	return name ? group(request, first) : apis(request);
}

void discover_handle(struct request *request)
{
	static const struct {
		const char *first;
		int (*handle)(struct request *request);
	} pages[] = {
		{ "", root }, { "api", groups }, { "apis", groups }, { "openapi", openapi }, { "version", version },
	};
	const char *first = request->parts.len ? request->parts.at[0] : "";

	for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
		if (strcmp(pages[i].first, first) != 0)
			continue;
		if (strcmp(request->method, "GET") != 0)
			reply_no_method(request);
		else if (pages[i].handle == openapi || negotiate_plain(request) == 0)
			pages[i].handle(request);
		return;
	}
	reply_no_page(request);
}
