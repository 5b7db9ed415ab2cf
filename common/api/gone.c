#include "api/gone.h"

#include <string.h>

#include "api/client.h"
#include "api/discovery.h"
#include "api/status.h"
#include "base/clock.h"
#include "base/map.h"
#include "base/mem.h"
#include "formats/items.h"
#include "formats/lines.h"
#include "formats/peek.h"
#include "reach/http.h"
#include "reach/loop.h"

/* A round is a list, which tells what is gone already, and the watch that follows it. What comes to be waited for while
 * a watch runs may be gone before it came: a new round finds that, but not more often than this, or than its list
 * takes. */
#define ROUND_MS 200
#define FAILURE_MS 1000
#define FAILURES 30

#define LIST_ACCEPT "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json"
#define WATCH_ACCEPT "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json"

struct waiter {
	char *name, *uid;
	void (*done)(void *arg, struct err *err);
	void *arg;
	bool asked;             /* it was waited for when this round's list was asked for */
	bool listed;            /* and is in it */
	struct waiter *next;    /* for the same object */
};

/* Those of one kind in one namespace. */
struct group {
	struct gone *gone;
	const struct resource *resource;
	char *ns;
	struct map waiters;     /* by uid */
	struct exchange *exchange;
	struct items items;     /* of the list */
	struct lines lines;     /* of the watch */
	struct timer next_round;
	int64_t round_began_ms, list_took_ms;
	unsigned failures;
	struct group *next;
};

struct gone {
	struct client *client;
	struct group *groups;
};

struct gone *gone_new(struct client *client)
{
	struct gone *gone = mem_alloc(sizeof *gone);

	gone->client = client;
	return gone;
}

/* It and those that wait for the same object. */
static void waiters_free(struct waiter *waiter)
{
	while (waiter) {
		struct waiter *next = waiter->next;

		free(waiter->name);
		free(waiter->uid);
		free(waiter);
		waiter = next;
	}
}

static void stop(struct group *group)
{
	exchange_cancel(steal(group->exchange));
	timer_clear(client_loop(group->gone->client), &group->next_round);
	items_release(&group->items);
	group->items = (struct items){ 0 };
	lines_release(&group->lines);
	group->lines = (struct lines){ 0 };
}

static void group_free(struct group *group)
{
	const char *uid;
	void *waiter;

	stop(group);
	for (size_t at = 0; map_next(&group->waiters, &at, &uid, &waiter);)
		waiters_free(waiter);
	map_release(&group->waiters);
	free(group->ns);
	free(group);
}

void gone_free(struct gone *gone)
{
	while (gone && gone->groups) {
		struct group *group = gone->groups;

		gone->groups = group->next;
		group_free(group);
	}
	free(gone);
}

static void finish(struct group *group, const char *uid, struct err *err)
{
	struct waiter *waiter = map_remove(&group->waiters, uid);

	for (struct waiter *at = waiter; at; at = at->next)
		at->done(at->arg, err);
	waiters_free(waiter);
}

/* Those that were asked for and not listed; with all, everybody. */
static void finish_several(struct group *group, bool all, struct err *err)
{
	scoped(strs) struct strs uids = { 0 };
	const char *uid;
	void *value;

	for (size_t at = 0; map_next(&group->waiters, &at, &uid, &value);) {
		const struct waiter *waiter = value;

		if (all || (waiter->asked && !waiter->listed))
			strs_add(&uids, uid);
	}
	for (size_t i = 0; i < uids.len; i++)
		finish(group, uids.at[i], err);
}

static void plan_round(struct group *group, int64_t in_ms)
{
	if (group->waiters.count && !timer_is_set(&group->next_round))
		timer_set(client_loop(group->gone->client), &group->next_round, in_ms);
}

/* The server could not be asked. It may be back soon; what it refuses (a status) stays refused. */
static void failed(struct group *group, bool refused, struct err *err)
{
	if (refused || ++group->failures > FAILURES)
		finish_several(group, true, err);
	else
		plan_round(group, FAILURE_MS);
}

/* Starts the list, or the watch behind version. One waiter alone is asked for by name. */
static void ask(struct group *group, const char *version, int (*data)(void *arg, struct slice piece, struct err *err),
	void (*done)(void *arg, struct http_answer *answer, struct err *err))
{
	scoped(buf) struct buf query = { 0 }, field = { 0 };
	struct target target = {
		.group = group->resource->group,
		.version = group->resource->version,
		.plural = group->resource->plural,
		.ns = group->ns,
	};
	scoped_free char *path = NULL;
	const char *uid;
	size_t at = 0;
	void *only;

	if (group->waiters.count == 1 && map_next(&group->waiters, &at, &uid, &only)) {
		buf_printf(&field, "metadata.name=%s", ((struct waiter *)only)->name);
		query_add(&query, "fieldSelector", buf_text(&field));
	}
	if (version) {
		query_add(&query, "watch", "true");
		query_add(&query, "resourceVersion", version);
	}
	target.query = buf_text(&query);
	path = target_path(&target);
	group->exchange = http_start(client_http(group->gone->client),
		&(struct http_request){
			.path = path,
			.accept = version ? WATCH_ACCEPT : LIST_ACCEPT,
			.timeout_ms = version ? 0 : client_timeout(group->gone->client),
			.data = data,
			.done = done,
			.arg = group,
		});
}

static int see_event(struct group *group, struct slice line, struct err *err)
{
	struct slice type, object;
	scoped_free char *uid = NULL;
	scoped(err) struct err none = { 0 };
	struct peek peek;

	if (peek_event(line, &type, &object, err) < 0)
		return -1;
	if (slice_is(type, "ERROR"))
		return err_set(err, ERR_FAILED, NULL, "the watch went wrong");
	if (!slice_is(type, "DELETED"))
		return 0;
	if (peek_object(object, &peek, err) < 0)
		return -1;
	uid = peek.uid.at ? peek_text(peek.uid) : mem_dup("");
	finish(group, uid, &none);
	return 0;
}

static int watch_data(void *arg, struct slice piece, struct err *err)
{
	struct group *group = arg;
	struct slice line;
	int more;

	lines_feed(&group->lines, piece.at, piece.len);
	while ((more = lines_next(&group->lines, &line, err)) > 0)
		if (see_event(group, line, err) < 0)
			return -1;
	if (more == 0 && !group->waiters.count)
		exchange_cancel(steal(group->exchange));
	return more;
}

/* However a watch ends, the next round's list finds what it did not tell. */
static void watch_done(void *arg, struct http_answer *answer, struct err *err)
{
	struct group *group = arg;
	scoped(err) struct err refusal = { 0 };

	group->exchange = NULL;
	if (err->class == ERR_NONE && answer->status < 300)
		group->failures = 0;
	else if (err->class == ERR_NONE)
		status_to_err(answer->status, buf_slice(&answer->body), group->resource->plural, &refusal);
	if (refusal.class == ERR_FORBIDDEN)
		failed(group, true, &refusal);
	else
		plan_round(group, err->class ? FAILURE_MS : ROUND_MS);
}

static int list_data(void *arg, struct slice piece, struct err *err)
{
	struct group *group = arg;
	struct slice item;
	int got;

	items_feed(&group->items, piece.at, piece.len);
	while ((got = items_next(&group->items, &item, err)) > 0) {
		scoped_free char *uid = NULL;
		struct waiter *waiter;
		struct peek peek;

		if (peek_object(item, &peek, err) < 0)
			return -1;
		uid = peek.uid.at ? peek_text(peek.uid) : mem_dup("");
		waiter = map_get(&group->waiters, uid);
		if (waiter)
			waiter->listed = true;
	}
	return got;
}

static void list_done(void *arg, struct http_answer *answer, struct err *err)
{
	struct group *group = arg;
	scoped(err) struct err none = { 0 };
	const char *version = group->items.head.resource_version;

	group->exchange = NULL;
	group->list_took_ms = clock_ms() - group->round_began_ms;
	if (err->class == ERR_NONE && answer->status >= 300)
		status_to_err(answer->status, buf_slice(&answer->body), group->resource->plural, err);
	else if (err->class == ERR_NONE)
		items_end(&group->items, err);
	if (err->class) {
		failed(group, answer->status >= 400 && answer->status < 500, err);
		return;
	}
	group->failures = 0;
	finish_several(group, false, &none);
	if (group->waiters.count)
		ask(group, version ? version : "0", watch_data, watch_done);
}

static void begin_round(void *arg)
{
	struct group *group = arg;
	const char *uid;
	void *value;

	stop(group);
	if (!group->waiters.count)
		return;
	for (size_t at = 0; map_next(&group->waiters, &at, &uid, &value);) {
		struct waiter *waiter = value;

		waiter->asked = true;
		waiter->listed = false;
	}
	group->round_began_ms = clock_ms();
	ask(group, NULL, list_data, list_done);
}

static bool same_namespace(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static struct group *group_of(struct gone *gone, const struct resource *resource, const char *ns)
{
	struct group *group = gone->groups;

	while (group && (group->resource != resource || !same_namespace(group->ns, ns)))
		group = group->next;
	if (!group) {
		group = mem_alloc(sizeof *group);
		*group = (struct group){ .gone = gone, .resource = resource, .ns = mem_dup(ns), .next = gone->groups };
		group->next_round = (struct timer){ .fire = begin_round, .arg = group };
		gone->groups = group;
	}
	return group;
}

void gone_wait(struct gone *gone, const struct resource *resource, const char *ns, const char *name, const char *uid,
	void (*done)(void *arg, struct err *err), void *arg)
{
	struct group *group = group_of(gone, resource, ns);
	struct waiter *waiter = mem_alloc(sizeof *waiter), *same = map_get(&group->waiters, uid);
	int64_t pause = 4 * group->list_took_ms;

	*waiter = (struct waiter){ .name = mem_dup(name), .uid = mem_dup(uid), .done = done, .arg = arg, .next = same };
	if (same) {
		waiter->asked = same->asked;
		waiter->listed = same->listed;
	}
	map_set(&group->waiters, uid, waiter);
	plan_round(group, !group->round_began_ms ? 0 : pause > ROUND_MS ? pause : ROUND_MS);
}
