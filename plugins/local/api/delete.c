#include "api/delete.h"

#include <inttypes.h>
#include <stdlib.h>

#include "api/answer.h"
#include "api/body.h"
#include "api/invalid.h"
#include "api/kind.h"
#include "api/listing.h"
#include "api/negotiate.h"
#include "api/object.h"
#include "api/terms.h"
#include "api/persist.h"
#include "api/read.h"
#include "api/request.h"
#include "api/scope.h"
#include "api/reply.h"
#include "api/store.h"
#include "api/token.h"
#include "api/writing.h"
#include "base/clock.h"
#include "base/mem.h"
#include "formats/jvs.h"

#define NS_PER_SECOND INT64_C(1000000000)
#define ORPHAN "orphan"
#define FOREGROUND "foregroundDeletion"

/* DeleteOptions, from the body or the query. */
static const struct kind delete_options = {
	.group = "", .version = "v1", .kind = "DeleteOptions", .plural = "deleteoptions",
	.schema = "io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions",
};

enum orphans { ORPHANS_UNSET, ORPHANS_BACKGROUND, ORPHANS_FOREGROUND, ORPHANS_LEFT };

struct deletion {
	int64_t grace;          /* seconds, or -1: as the object says */
	bool has_grace, dry_run;
	enum orphans policy;
	char *uid, *version;    /* preconditions */
};

static void deletion_release(struct deletion *deletion)
{
	free(deletion->uid);
	free(deletion->version);
	*deletion = (struct deletion){ 0 };
}

static void check_policy(struct deletion *deletion, jv options, struct causes *causes)
{
	static const char *const words[] = { "Background", "Foreground", "Orphan", NULL };
	static const enum orphans meaning[] = { ORPHANS_BACKGROUND, ORPHANS_FOREGROUND, ORPHANS_LEFT };
	static const char *const supported[] = { "Foreground", "Background", "Orphan", "nil", NULL };
	scoped(jv) jv policy = jvs_at(options, "propagationPolicy"), old = jvs_at(options, "orphanDependents");
	const struct at *at = at_field(NULL, "propagationPolicy");

	if (jvs_is(old, JV_KIND_TRUE))
		deletion->policy = ORPHANS_LEFT;
	else if (jvs_is(old, JV_KIND_FALSE))
		deletion->policy = ORPHANS_BACKGROUND;
	if (!jvs_is(policy, JV_KIND_STRING))
		return;
	if (deletion->policy)
		invalid(causes, at, policy, "orphanDependents and deletionPropagation cannot be both set");
	for (size_t i = 0; words[i]; i++)
		if (strcmp(jvs_text(policy), words[i]) == 0) {
			deletion->policy = meaning[i];
			return;
		}
	unsupported(causes, at, policy, supported);
}

static void check_dry_run(struct deletion *deletion, jv options, struct causes *causes)
{
	static const char *const supported[] = { "All", NULL };
	scoped(jv) jv values = jvs_at(options, "dryRun");

	for (int i = 0; i < jvs_len(values); i++) {
		scoped(jv) jv value = jvs_item(values, i);

		deletion->dry_run = true;
		if (strcmp(jvs_text(value), "All") != 0) {
			unsupported(causes, at_field(NULL, "dryRun"), values, supported);
			return;
		}
	}
}

/* 0; -1: the answer says 422. */
static int deletion_init(struct deletion *deletion, jv options, struct request *request)
{
	scoped(causes) struct causes causes = {0};
	scoped(jv) jv grace = jvs_at(options, "gracePeriodSeconds"), status = jv_null();

	*deletion = (struct deletion){ 0 };
	check_policy(deletion, options, &causes);
	check_dry_run(deletion, options, &causes);
	if (jvs_is(grace, JV_KIND_NUMBER)) {
		deletion->has_grace = true;
		deletion->grace = (int64_t)jv_number_value(grace);
		if (deletion->grace < 0)
			deletion->grace = 1;    /* as upstream takes it */
	}
	deletion->uid = jvs_get_text(options, "preconditions.uid");
	deletion->version = jvs_get_text(options, "preconditions.resourceVersion");
	if (!causes_any(&causes))
		return 0;
	status = causes_status(&causes, "meta.k8s.io", "DeleteOptions", "");
	answer_json(request, 422, status);
	return -1;
}

static int options_of_query(struct request *request, jv *options)
{
	static const char *const texts[] = { "propagationPolicy", NULL };
	const struct query *query = &request->query;
	int64_t grace;

	if (request_number(request, "gracePeriodSeconds", 0, &grace) < 0)
		return -1;
	*options = jv_object();
	if (query_get(query, "gracePeriodSeconds"))
		jvs_put(options, "gracePeriodSeconds", jv_number((double)grace));
	if (query_get(query, "orphanDependents"))
		jvs_put(options, "orphanDependents", query_flag(query, "orphanDependents") ? jv_true() : jv_false());
	for (const char *const *key = texts; *key; key++)
		if (query_get(query, *key))
			jvs_put(options, *key, jv_string(query_get(query, *key)));
	for (size_t i = 0; i < query->keys.len; i++)
		if (strcmp(query->keys.at[i], "dryRun") == 0) {
			scoped(jv) jv list = jvs_at(*options, "dryRun");

			jvs_put(options, "dryRun",
				jv_array_append(jvs_is(list, JV_KIND_ARRAY) ? jv_copy(list) : jv_array(),
					jv_string(query->values.at[i])));
		}
	return 0;
}

/* A body comes before the query. */
static int read_options(struct request *request, jv *options)
{
	scoped(writing) struct writing writing = {0};

	*options = jv_null();
	if (!request->body.len && !request->body_too_large)
		return options_of_query(request, options);
	writing.strictness = STRICT_IGNORE;
	return writing_decode(&writing, request, &delete_options, options);
}

static int conflict(struct request *request, const char *name, const char *format, const char *wanted,
	const char *have)
{
	const struct kind *kind = request->kind;
	jv details = jvs_object("name", jv_string(name), "kind", jv_string(kind->kind), NULL);
	scoped(buf) struct buf why = {0};

	if (*kind->group)
		jvs_put(&details, "group", jv_string(kind->group));
	buf_printf(&why,
		"the %s in the precondition (%s) does not match the %s in record (%s). The object might have been %s",
		format, wanted, format, have, strcmp(format, "UID") == 0 ? "deleted and then recreated" : "modified");
	return reply_fail(request, 409, "Conflict", details, "Operation cannot be fulfilled on %s%s%s \"%s\": %s",
		kind->kind, *kind->group ? "." : "", kind->group, name, buf_text(&why));
}

static int check_preconditions(struct request *request, const struct deletion *deletion, jv object)
{
	scoped_free char *name = object_meta(object, "name"), *uid = object_meta(object, "uid");
	scoped_free char *version = object_meta(object, "resourceVersion");

	if (deletion->uid && strcmp(deletion->uid, uid ? uid : "") != 0)
		return conflict(request, name, "UID", deletion->uid, uid ? uid : "");
	if (deletion->version && strcmp(deletion->version, version ? version : "") != 0)
		return conflict(request, name, "ResourceVersion", deletion->version, version ? version : "");
	return 0;
}

/* How long a pod may take: what was asked for, or its own time; none where nothing runs. */
static int64_t grace_of(const struct deletion *deletion, jv object)
{
	scoped_free char *node = jvs_get_text(object, "spec.nodeName");
	scoped_free char *phase = jvs_get_text(object, "status.phase");
	int64_t grace =
		deletion->has_grace ? deletion->grace : jvs_get_int(object, "spec.terminationGracePeriodSeconds", 30);

	if (!node || !*node || (phase && (strcmp(phase, "Failed") == 0 || strcmp(phase, "Succeeded") == 0)))
		return 0;
	return grace < 0 ? 1 : grace;
}

static void set_times(jv *object, const char *time, int64_t grace)
{
	object_set_meta(object, "deletionTimestamp", jv_string(time));
	object_set_meta(object, "deletionGracePeriodSeconds", jv_number((double)grace));
}

static void raise_generation(jv *object)
{
	scoped(jv) jv metadata = jvs_at(*object, "metadata");
	int64_t generation = jvs_get_int(metadata, "generation", 0);

	if (generation > 0)
		object_set_meta(object, "generation", jv_number((double)generation + 1));
}

/* One that is on its way out already: its grace may only be shortened. Whether it was. */
static bool shorten(const struct deletion *deletion, jv *object)
{
	scoped(jv) jv metadata = jvs_at(*object, "metadata");
	scoped_free char *at = object_meta(*object, "deletionTimestamp"), *time = NULL;
	int64_t had = jvs_get_int(metadata, "deletionGracePeriodSeconds", 0), when = 0;

	if (!deletion->has_grace || deletion->grace >= had || clock_parse(at, &when, NULL) < 0)
		return false;
	time = clock_format(when / NS_PER_SECOND - had + deletion->grace);
	set_times(object, time, deletion->grace);
	return true;
}

/* Begins a graceful deletion, or shortens one. Whether the object was changed; *pending: nothing is to be done. */
static bool be_graceful(const struct kind *kind, const struct deletion *deletion, jv *object, bool *pending)
{
	scoped_free char *time = NULL;
	int64_t grace;

	*pending = false;
	if (!kind->graceful)
		return false;
	if (object_has_meta(*object, "deletionTimestamp")) {
		bool shorter = shorten(deletion, object);

		*pending = !shorter;
		return shorter;
	}
	grace = grace_of(deletion, *object);
	time = object_time(grace);
	set_times(object, time, grace);
	raise_generation(object);
	return true;
}

/* Which finalizer stands for what becomes of the dependents. */
static const char *policy_finalizer(const struct deletion *deletion, jv finalizers)
{
	if (deletion->policy)
		return deletion->policy == ORPHANS_LEFT		? ORPHAN
		       : deletion->policy == ORPHANS_FOREGROUND ? FOREGROUND
								: NULL;
	for (int i = 0; i < jvs_len(finalizers); i++) {
		scoped(jv) jv finalizer = jvs_item(finalizers, i);

		if (strcmp(jvs_text(finalizer), ORPHAN) == 0)
			return ORPHAN;
		if (strcmp(jvs_text(finalizer), FOREGROUND) == 0)
			return FOREGROUND;
	}
	return NULL;
}

/* Sets the finalizers of the policy; how many finalizers stand then. */
static int set_finalizers(const struct deletion *deletion, jv *object)
{
	scoped(jv) jv metadata = jvs_at(*object, "metadata"), old = jvs_at(metadata, "finalizers");
	const char *wanted = policy_finalizer(deletion, old);
	jv list = jv_array();
	int count;

	for (int i = 0; i < jvs_len(old); i++) {
		scoped(jv) jv finalizer = jvs_item(old, i);

		if (strcmp(jvs_text(finalizer), ORPHAN) != 0 && strcmp(jvs_text(finalizer), FOREGROUND) != 0)
			list = jv_array_append(list, jv_copy(finalizer));
	}
	if (wanted)
		list = jv_array_append(list, jv_string(wanted));
	count = jvs_len(list);
	if (count)
		object_set_meta(object, "finalizers", list);
	else
		jv_free(list);
	return count;
}

/* An object that has to wait for its finalizers, of a kind without grace. */
static void mark_deleting(jv *object)
{
	scoped_free char *now = object_now(), *at = object_meta(*object, "deletionTimestamp");
	int64_t when = 0;

	if (!object_has_meta(*object, "deletionGracePeriodSeconds"))
		raise_generation(object);
	if (!at || (clock_parse(at, &when, NULL) == 0 && when > clock_now_ns()))
		object_set_meta(object, "deletionTimestamp", jv_string(now));
	object_set_meta(object, "deletionGracePeriodSeconds", jv_number(0));
}

static int answer_gone(struct request *request, jv object)
{
	scoped_free char *name = object_meta(object, "name"), *uid = object_meta(object, "uid");
	jv details;

	if (request->kind->returns_deleted)
		return answer_object(request, 200, object);
	details = reply_details(request->kind, name);
	jvs_put(&details, "uid", jv_string(uid ? uid : ""));
	return reply_success(request, 200, details);
}

/* Stores what has changed on the way out; what has not costs no write. */
static int store_changed(struct request *request, const char *name, jv *object, jv old, bool dry_run)
{
	if (dry_run || jvs_equal(*object, old))
		return 0;
	return persist_store(request, name, object);
}

static int remove_now(struct request *request, const char *name, jv *object, bool dry_run)
{
	scoped_free char *version = NULL;

	if (dry_run)
		return 0;
	if (persist_remove(request, name) < 0)
		return -1;
	version = mem_printf("%" PRIu64, store_version(request->api->store));
	object_set_meta(object, "resourceVersion", jv_string(version));
	return 0;
}

/* What became of an object that was to be deleted. */
enum outcome { KEPT, GONE };

/* Deletes, or begins to. *object is what is told of it then. 0 and *outcome, or -1: the answer says why not. */
static int delete_object(struct request *request, const char *name, const struct deletion *deletion, jv *object,
	enum outcome *outcome)
{
	scoped(jv) jv old = jv_copy(*object);
	bool pending, graceful = be_graceful(request->kind, deletion, object, &pending);
	scoped(jv) jv metadata = jv_null();
	int finalizers;

	*outcome = KEPT;
	if (pending)
		return 0;
	finalizers = set_finalizers(deletion, object);
	if (!graceful && finalizers)
		mark_deleting(object);
	if ((graceful || finalizers) && store_changed(request, name, object, old, deletion->dry_run) < 0)
		return -1;
	metadata = jvs_at(*object, "metadata");
	if (finalizers || (graceful && jvs_get_int(metadata, "deletionGracePeriodSeconds", 0) > 0))
		return 0;
	*outcome = GONE;
	return remove_now(request, name, object, deletion->dry_run);
}

/* Namespaces are emptied first: a controller does that, and takes spec.finalizers away. */
static int delete_namespace(struct request *request, const struct deletion *deletion, jv *object, enum outcome *outcome)
{
	static const char *const forever[] = { "default", "kube-system", "kube-public", NULL };
	scoped(jv) jv old = jv_copy(*object), finalizers = jvs_get(*object, "spec.finalizers");
	scoped(jv) jv own = jvs_get(*object, "metadata.finalizers");
	scoped_free char *now = object_now();

	for (const char *const *name = forever; *name; name++)
		if (strcmp(*name, request->name) == 0)
			return reply_forbidden(request, *name, "this namespace may not be deleted");
	*outcome = KEPT;
	if (!jvs_len(finalizers) && !jvs_len(own)) {
		*outcome = GONE;
		return remove_now(request, request->name, object, deletion->dry_run);
	}
	if (!object_has_meta(*object, "deletionTimestamp"))
		object_set_meta(object, "deletionTimestamp", jv_string(now));
	jvs_set_text(object, "status.phase", "Terminating");
	return store_changed(request, request->name, object, old, deletion->dry_run);
}

static int delete_named(struct request *request, const struct deletion *deletion, jv *object, enum outcome *outcome)
{
	struct body *body = read_body(request);

	if (!body)
		return -1;
	*object = persist_read(request, body);
	if (check_preconditions(request, deletion, *object) < 0)
		return -1;
	if (strcmp(request->kind->plural, "namespaces") == 0)
		return delete_namespace(request, deletion, object, outcome);
	return delete_object(request, request->name, deletion, object, outcome);
}

int delete_by(struct request *request, jv options)
{
	scoped(deletion) struct deletion deletion = {0};
	scoped(jv) jv object = jv_null();
	enum outcome outcome;

	if (deletion_init(&deletion, options, request) < 0)
		return -1;
	return delete_named(request, &deletion, &object, &outcome);
}

int delete_one(struct request *request)
{
	scoped(deletion) struct deletion deletion = {0};
	scoped(jv) jv options = jv_null(), object = jv_null();
	enum outcome outcome;

	if (negotiate(request) < 0 || read_options(request, &options) < 0 ||
			deletion_init(&deletion, options, request) < 0 ||
			delete_named(request, &deletion, &object, &outcome) < 0)
		return -1;
	if (outcome == GONE)
		return answer_gone(request, object);
	return answer_object(request, 200, object);
}

/* What matches, at most limit; the rest is told as a list does. */
static void collect(struct listing *list, const struct scope *scope, int64_t limit)
{
	size_t first, end;

	scope_range(scope, &first, &end);
	list->remaining = -1;
	for (; first < end; first++) {
		const struct entry *entry = scope->collection->at[first];

		if (!scope_has(scope, entry->body))
			continue;
		if (limit > 0 && (int64_t)list->len == limit) {
			list->next = token_make(
				list->version, scope->collection->at[first - 1]->key + strlen(scope->prefix));
			list->remaining = scope_is_all(scope) ? (int64_t)(end - first) : -1;
			return;
		}
		listing_add(list, entry->body);
	}
}

static int delete_each(struct request *request, const struct deletion *deletion, const struct listing *list)
{
	const char *ns = request->ns;
	int result = 0;

	for (size_t i = 0; i < list->len && result == 0; i++) {
		const struct body *body = list->at[i];
		scoped(jv) jv object = persist_read(request, body);
		enum outcome outcome;

		request->ns = request->kind->namespaced ? body_namespace(body) : NULL;
		result = delete_object(request, body_name(body), deletion, &object, &outcome);
	}
	request->ns = ns;
	return result;
}

int delete_all(struct request *request)
{
	scoped(deletion) struct deletion deletion = {0};
	scoped(jv) jv given = jv_null();
	scoped(scope) struct scope scope = {0};
	scoped(listing) struct listing list = {0};
	struct terms terms;

	if (negotiate(request) < 0 || terms_parse(&terms, request, false) < 0 || scope_init(&scope, request) < 0 ||
			read_options(request, &given) < 0 || deletion_init(&deletion, given, request) < 0)
		return -1;
	list.version = store_version(request->api->store);
	collect(&list, &scope, terms.limit);
	if (delete_each(request, &deletion, &list) < 0)
		return -1;
	listing_answer(request, &list);
	return 0;
}

bool delete_ends(const struct kind *kind, jv object, jv old)
{
	scoped(jv) jv finalizers = jvs_get(object, "metadata.finalizers"), metadata = jvs_at(old, "metadata");
	scoped(jv) jv grace = jvs_at(metadata, "deletionGracePeriodSeconds"), own = jvs_get(object, "spec.finalizers");

	if (jvs_len(finalizers) || !object_has_meta(old, "deletionTimestamp"))
		return false;
	if (strcmp(kind->plural, "namespaces") == 0)
		return !jvs_len(own);
	return jvs_is(grace, JV_KIND_NUMBER) && jv_number_value(grace) == 0;
}
