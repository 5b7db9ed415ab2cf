#include "api/watches.h"

#include <inttypes.h>
#include <stdlib.h>

#include "api/answer.h"
#include "api/kind.h"
#include "api/listing.h"
#include "api/negotiate.h"
#include "api/terms.h"
#include "api/request.h"
#include "api/scope.h"
#include "api/reply.h"
#include "api/store.h"
#include "api/table.h"
#include "base/clock.h"
#include "base/mem.h"
#include "formats/jvs.h"

#define PIECE ((size_t)16 * 1024)
#define BOOKMARK_MS ((int64_t)60 * 1000)
#define SCAN_MS ((int64_t)200)          /* ends and bookmarks are looked for no more often than this */
#define MIN_SECONDS 1800                /* of a watch without a timeout: as upstream, up to twice as long */

struct watch {
	struct source source;
	struct room *room;
	struct watch *next, **link;     /* in its room */
	struct scope scope;
	struct media media;
	struct listing initial;            /* told before what changes */
	size_t initial_at;
	bool initial_end;               /* a bookmark that says so follows them */
	bool bookmarks;
	bool headed;                    /* of a Table: its columns were told */
	bool waiting;                   /* its connection is suspended */
	bool over;                      /* ends when what is in out is written */
	uint64_t seen;                  /* told up to this version */
	int64_t bookmark_ms, end_ms;
	struct buf out;
	size_t sent;
};

/* The watches of one collection. */
struct room {
	struct watches *watches;
	struct collection *collection;
	struct watch *first;
	uint64_t fed;
};

struct watches {
	struct store *store;
	struct room *rooms;
	size_t count;
	int64_t due_ms;         /* the next scan, or 0 */
	void (*wake)(void *connection);
	bool (*gone)(void *connection);
};

struct watches *watches_new(struct store *store)
{
	struct watches *watches = mem_alloc(sizeof *watches);

	watches->store = store;
	while (kinds[watches->count])
		watches->count++;
	watches->rooms = mem_array(watches->count, sizeof *watches->rooms);
	for (size_t i = 0; i < watches->count; i++) {
		watches->rooms[i].watches = watches;
		watches->rooms[i].collection = store_collection(store, kinds[i]);
	}
	return watches;
}

void watches_free(struct watches *watches)
{
	if (!watches)
		return;
	free(watches->rooms);
	free(watches);
}

void watches_wake_by(struct watches *watches, void (*wake)(void *connection), bool (*gone)(void *connection))
{
	watches->wake = wake;
	watches->gone = gone;
}

static void wake(struct watch *watch)
{
	if (!watch->waiting)
		return;
	watch->waiting = false;
	watch->room->watches->wake(watch->source.connection);
}

/* Writes one event: type, and the object in the form that was asked for. */
static void tell(struct watch *watch, const char *type, const struct body *body)
{
	struct buf *out = &watch->out;

	buf_printf(out, "{\"type\":\"%s\",\"object\":", type);
	if (watch->media.form == FORM_TABLE)
		table_add_event(out, watch->scope.kind, body, &watch->media, !watch->headed);
	else if (watch->media.form == FORM_METADATA)
		answer_add_metadata(out, body, watch->media.v1beta1);
	else
		answer_add(out, watch->scope.kind, body);
	watch->headed = true;
	buf_add_text(out, "}\n");
}

static void tell_bookmark(struct watch *watch, bool end_of_initial)
{
	struct buf *out = &watch->out;

	buf_add_text(out, "{\"type\":\"BOOKMARK\",\"object\":");
	if (watch->media.form == FORM_OBJECT)
		answer_open(out, watch->scope.kind);
	else
		buf_printf(out, "{\"kind\":\"%s\",\"apiVersion\":\"meta.k8s.io/%s\",",
			watch->media.form == FORM_TABLE ? "Table" : "PartialObjectMetadata",
			watch->media.v1beta1 ? "v1beta1" : "v1");
	buf_printf(out, "\"metadata\":{\"resourceVersion\":\"%" PRIu64 "\"%s}%s}}\n", watch->seen,
		end_of_initial ? ",\"annotations\":{\"k8s.io/initial-events-end\":\"true\"}" : "",
		watch->media.form == FORM_TABLE ? ",\"columnDefinitions\":null,\"rows\":[]" : "");
	watch->bookmark_ms = clock_ms() + BOOKMARK_MS;
}

/* What a change is to this watch: an object may enter what it selects, and leave it. NULL: nothing. */
static const char *change_type(const struct watch *watch, const struct change *change)
{
	bool had = change->before && scope_has(&watch->scope, change->before);
	bool has = change->type != CHANGE_DELETED && scope_has(&watch->scope, change->now);

	if (has)
		return had ? "MODIFIED" : "ADDED";
	return had ? "DELETED" : NULL;
}

static void tell_change(struct watch *watch, const struct change *change)
{
	const char *type = change_type(watch, change);
	scoped(body) struct body *left = NULL;

	if (!type)
		return;
	if (strcmp(type, "DELETED") == 0 && change->type != CHANGE_DELETED) {
		left = body_with_version(change->before, change->version);
		tell(watch, type, left);
	} else {
		tell(watch, type, change->now);
	}
}

static void tell_initial(struct watch *watch)
{
	struct listing *initial = &watch->initial;

	while (watch->initial_at < initial->len && watch->out.len < PIECE) {
		tell(watch, "ADDED", initial->at[watch->initial_at]);
		body_unref(initial->at[watch->initial_at]);
		initial->at[watch->initial_at++] = NULL;
	}
	if (watch->initial_at < initial->len)
		return;
	listing_release(initial);
	watch->initial_at = 0;
	if (watch->initial_end)
		tell_bookmark(watch, true);
	watch->initial_end = false;
}

static void tell_changes(struct watch *watch)
{
	const struct collection *collection = watch->scope.collection;
	const struct watches *watches = watch->room->watches;

	/* The log's end has overtaken it: what it missed is no longer known. */
	if (watch->seen < collection->floor) {
		watch->over = true;
		return;
	}
	for (size_t i = collection_after(collection, watch->seen); i < collection->count; i++) {
		const struct change *change = collection_change(collection, i);

		if (watch->out.len >= PIECE)
			return;
		tell_change(watch, change);
		watch->seen = change->version;
	}
	watch->seen = store_version(watches->store);
}

static void produce(struct watch *watch)
{
	int64_t now = clock_ms();

	buf_clear(&watch->out);
	watch->sent = 0;
	if (watch->over)
		return;
	if (watch->initial.len || watch->initial_end)
		tell_initial(watch);
	if (!watch->initial.len && watch->out.len < PIECE)
		tell_changes(watch);
	if (watch->bookmarks && now >= watch->bookmark_ms && watch->out.len < PIECE)
		tell_bookmark(watch, false);
	if (now >= watch->end_ms)
		watch->over = true;
}

static ssize_t watch_read(struct source *source, char *at, size_t max)
{
	struct watch *watch = (struct watch *)source;
	size_t len;

	if (watch->sent == watch->out.len)
		produce(watch);
	len = watch->out.len - watch->sent;
	if (!len) {
		buf_release(&watch->out);
		watch->sent = 0;
		watch->waiting = !watch->over;
		return watch->over ? SOURCE_END : 0;
	}
	if (len > max)
		len = max;
	memcpy(at, watch->out.at + watch->sent, len);
	watch->sent += len;
	return (ssize_t)len;
}

static void watch_free(struct source *source)
{
	struct watch *watch = (struct watch *)source;

	if (watch->link) {
		*watch->link = watch->next;
		if (watch->next)
			watch->next->link = watch->link;
	}
	scope_release(&watch->scope);
	listing_release(&watch->initial);
	buf_release(&watch->out);
	free(watch);
}

static int64_t due_ms(const struct watch *watch)
{
	return watch->bookmark_ms < watch->end_ms ? watch->bookmark_ms : watch->end_ms;
}

static void enter(struct watches *watches, struct watch *watch)
{
	struct room *room = watches->rooms;

	while (room->collection != watch->scope.collection)
		room++;
	watch->room = room;
	watch->next = room->first;
	watch->link = &room->first;
	if (room->first)
		room->first->link = &watch->next;
	room->first = watch;
	if (!watches->due_ms || due_ms(watch) < watches->due_ms)
		watches->due_ms = due_ms(watch);
}

/* Wakes whom a change since the last time concerns; the others have seen it. */
static void feed_room(struct room *room)
{
	const struct collection *collection = room->collection;
	uint64_t newest = collection->count ? collection_change(collection, collection->count - 1)->version : 0;

	if (newest <= room->fed)
		return;
	room->fed = newest;
	for (struct watch *watch = room->first; watch; watch = watch->next) {
		size_t i;

		if (!watch->waiting)
			continue;
		for (i = collection_after(collection, watch->seen); i < collection->count; i++)
			if (change_type(watch, collection_change(collection, i)))
				break;
		if (i < collection->count)
			wake(watch);
		else
			watch->seen = newest;
	}
}

/* One whose client has gone notices nothing while it is suspended: it is looked after when a bookmark is due. */
static void scan_room(struct room *room, int64_t now, int64_t *due)
{
	for (struct watch *watch = room->first; watch; watch = watch->next) {
		if (watch->waiting && now >= watch->end_ms) {
			wake(watch);
		} else if (watch->waiting && now >= watch->bookmark_ms) {
			watch->over = room->watches->gone(watch->source.connection);
			if (watch->over || watch->bookmarks)
				wake(watch);
			else
				watch->bookmark_ms = now + BOOKMARK_MS;
		}
		if (watch->waiting && (!*due || due_ms(watch) < *due))
			*due = due_ms(watch);
	}
}

void watches_feed(struct watches *watches)
{
	int64_t now = clock_ms(), due = 0;

	for (size_t i = 0; i < watches->count; i++)
		feed_room(&watches->rooms[i]);
	if (!watches->due_ms || now < watches->due_ms)
		return;
	for (size_t i = 0; i < watches->count; i++)
		scan_room(&watches->rooms[i], now, &due);
	watches->due_ms = due && due < now + SCAN_MS ? now + SCAN_MS : due;
}

int64_t watches_wait(const struct watches *watches, int64_t otherwise)
{
	int64_t wait = watches->due_ms - clock_ms();

	if (!watches->due_ms)
		return otherwise;
	if (wait < 0)
		wait = 0;
	return otherwise < 0 || wait < otherwise ? wait : otherwise;
}

void watches_end(struct watches *watches)
{
	for (size_t i = 0; i < watches->count; i++)
		for (struct watch *watch = watches->rooms[i].first; watch; watch = watch->next) {
			watch->over = true;
			wake(watch);
		}
}

/* What is there now, for watches that begin with it. */
static void take_initial(struct watch *watch)
{
	size_t first, end;

	scope_range(&watch->scope, &first, &end);
	for (; first < end; first++) {
		struct body *body = watch->scope.collection->at[first]->body;

		if (scope_has(&watch->scope, body))
			listing_add(&watch->initial, body);
	}
}

static void too_old(struct watch *watch, uint64_t version, uint64_t floor)
{
	buf_printf(&watch->out,
		"{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},"
		"\"status\":\"Failure\",\"message\":\"too old resource version: %" PRIu64 " (%" PRIu64 ")\","
		"\"reason\":\"Expired\",\"code\":410}}\n",
		version, floor + 1);
	watch->over = true;
}

static void begin(struct watch *watch, const struct terms *terms, const struct store *store)
{
	uint64_t floor = watch->scope.collection->floor;
	int64_t now = clock_ms();
	int64_t seconds = terms->timeout > 0 ? terms->timeout : MIN_SECONDS + (int64_t)(random() % MIN_SECONDS);

	watch->bookmarks = terms->bookmarks;
	watch->bookmark_ms = now + BOOKMARK_MS;
	watch->end_ms = now + seconds * 1000;
	watch->seen = store_version(store);
	if (terms->has_initial ? terms->initial : !terms->version) {
		take_initial(watch);
		watch->initial_end = terms->initial && terms->bookmarks;
	} else if (terms->version && terms->version < floor) {
		too_old(watch, terms->version, floor);
	} else if (terms->version) {
		watch->seen = terms->version;
	}
}

static int refuse_yaml(struct request *request)
{
	return reply_fail(request, 406, "NotAcceptable", jv_invalid(), "only the following media types are accepted: "
		"application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch");
}

int watch_answer(struct request *request)
{
	struct watch *watch;
	struct terms terms;
	scoped(scope) struct scope scope = {0};

	if (negotiate(request) < 0 || terms_parse(&terms, request, true) < 0 || scope_init(&scope, request) < 0)
		return -1;
	if (request->media.yaml)
		return refuse_yaml(request);
	watch = mem_alloc(sizeof *watch);
	watch->source = (struct source){ .read = watch_read, .free = watch_free, .length = -1 };
	watch->scope = scope;
	scope = (struct scope){ 0 };
	watch->media = request->media;
	begin(watch, &terms, request->api->store);
	enter(request->api->watches, watch);
	request->answer.code = 200;
	request->answer.type = "application/json";
	request->answer.source = &watch->source;
	return 0;
}
