#include "api/list.h"

#include <string.h>

#include "api/client.h"
#include "api/inlet.h"
#include "api/seen.h"
#include "api/status.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "formats/compact.h"
#include "formats/items.h"
#include "formats/jvs.h"
#include "formats/lines.h"
#include "formats/peek.h"
#include "reach/loop.h"

#define PAGE 500                /* the first one, so that there is soon something to read; … */
#define PAGE_GROWS 4            /* … the later ones cost their server less when they are larger */
#define PAGE_MOST 4000
#define PATIENCE_MS INT64_C(60000)
#define REST_FIRST_MS 100
#define REST_MOST_MS 5000
#define PAGE_TRIES 3            /* of a page that breaks off */
#define RESTARTS 3              /* of a list whose continue token expired and which was offered no other */
#define WATCH_S 300             /* a watch lasts that long, up to twice; servers' own limit is 30 min and more */
#define WATCH_LATE_MS 60000

/* What a step of the stream comes to, besides -1. */
enum { WAIT = 0, GOT = 1, AGAIN = 2, OVER = 3 };

enum state { BEGINNING, LISTING, VANISHING, WATCHING, RESTING, ENDED };

struct page {
	struct inlet inlet;
	struct items items;
	char *token;            /* the continue token that it was asked with; NULL: the first page */
	char *exact;            /* the version that it must be of, as its beginning was; or NULL */
	int limit;              /* items at most */
	size_t given;           /* items that came … */
	size_t skip;            /* … of which that many were told when it was tried before */
	unsigned tries;
	bool fed;
};

struct stream {
	struct client *client;
	const struct stream_options *options;
	enum state state, after_rest;
	struct page *page, *ahead;      /* the one that is read, and the one that is already asked for */
	struct page *last;              /* the event lies in it: freed by the next call */
	char *version;                  /* to watch from */
	char *api_version, *kind;       /* of the items */
	size_t count;                   /* items of this list */
	bool listed;                    /* the first list has ended */
	bool two_times;                 /* this list's pages are of two points in time */
	unsigned restarts;
	struct buf last_key, resume_key;        /* of a plain list: what was told last; what it is to go on behind */
	bool unordered;                 /* or a page's last object is not known: it cannot go on behind */

	struct inlet watch;
	struct lines lines;
	bool fed;
	int64_t watch_began_ms;
	struct seen seen;
	struct buf object;              /* of one that vanished */

	int64_t failing_since_ms;
	unsigned failures;
	struct timer rest, ready;
	void (*on_ready)(void *arg);
	void *ready_arg;
};

const char *stream_type_text(enum stream_type type)
{
	static const char *const texts[] = { "ADDED", "MODIFIED", "DELETED", "LISTING", "LISTED" };

	return texts[type];
}

void stream_event_print(const struct stream_event *event, struct buf *to)
{
	if (event->items)
		items_print(event->items, event->object, to);
	else
		compact_add(to, event->object);
}

static void wake(void *arg)
{
	struct stream *stream = arg;

	if (stream->on_ready)
		timer_set(client_loop(stream->client), &stream->ready, 0);
}

static void fire_ready(void *arg)
{
	const struct stream *stream = arg;

	stream->on_ready(stream->ready_arg);
}

static void replace(char **old, const char *text, size_t len)
{
	free(*old);
	*old = mem_dup_n(text, len);
}

/* A stream that watches knows what it told; one that only lists does not need to. */
static bool compares(const struct stream *stream)
{
	return stream->options->watch && !stream->options->relists;
}

/* Asking. */

static char *path_of(const struct stream *stream, struct buf *query)
{
	const struct stream_options *options = stream->options;
	struct target target = { .group = options->group, .version = options->version, .plural = options->plural,
		.ns = options->ns };

	if (options->name && !options->watch) {
		target.name = options->name;
		return target_path(&target);
	}
	if (options->labels && *options->labels)
		query_add(query, "labelSelector", options->labels);
	if (options->name) {
		scoped_free char *field = mem_printf("metadata.name=%s%s%s", options->name,
			options->fields ? "," : "", options->fields ? options->fields : "");

		query_add(query, "fieldSelector", field);
	} else if (options->fields && *options->fields) {
		query_add(query, "fieldSelector", options->fields);
	}
	target.query = buf_text(query);
	return target_path(&target);
}

static void page_free(struct page *page)
{
	if (!page)
		return;
	inlet_release(&page->inlet);
	items_release(&page->items);
	free(page->token);
	free(page->exact);
	free(page);
}

static void page_ask(struct stream *stream, struct page *page)
{
	scoped(buf) struct buf query = { 0 };
	scoped_free char *limit = mem_printf("%d", page->limit), *path = NULL;

	query_add(&query, "limit", limit);
	if (page->token)
		query_add(&query, "continue", page->token);
	else if (page->exact) {
		query_add(&query, "resourceVersion", page->exact);
		query_add(&query, "resourceVersionMatch", "Exact");
	}
	path = path_of(stream, &query);
	inlet_ask(&page->inlet, stream->client, path, stream->options->timeout_ms, wake, stream);
}

/* before: the page before it, or NULL. */
static struct page *page_new(struct stream *stream, const char *token, const struct page *before)
{
	struct page *page = mem_alloc(sizeof *page);
	int fixed = stream->options->page;

	page->limit = fixed ? fixed : before ? before->limit * PAGE_GROWS : PAGE;
	if (!fixed && page->limit > PAGE_MOST)
		page->limit = PAGE_MOST;
	page->token = mem_dup(token);
	page_ask(stream, page);
	return page;
}

static void drop_pages(struct stream *stream)
{
	page_free(stream->page);
	page_free(stream->ahead);
	stream->page = stream->ahead = NULL;
}

static void watch_ask(struct stream *stream)
{
	scoped(buf) struct buf query = { 0 };
	int64_t seconds = WATCH_S + clock_now_ns() / 1000 % WATCH_S;   /* so that many do not come back at once */
	scoped_free char *limit = mem_printf("%d", (int)seconds), *path = NULL;

	query_add(&query, "watch", "1");
	query_add(&query, "allowWatchBookmarks", "true");
	if (stream->version && *stream->version)
		query_add(&query, "resourceVersion", stream->version);
	query_add(&query, "timeoutSeconds", limit);
	path = path_of(stream, &query);
	lines_release(&stream->lines);
	stream->lines = (struct lines){ 0 };
	stream->fed = false;
	stream->watch_began_ms = clock_ms();
	inlet_ask(&stream->watch, stream->client, path, seconds * 1000 + WATCH_LATE_MS, wake, stream);
}

/* Failing. */

static int fail(struct stream *stream)
{
	stream->state = ENDED;
	return -1;
}

static void heard(struct stream *stream)
{
	stream->failures = 0;
	stream->failing_since_ms = 0;
}

/* Goes on with state after a while, unless that was so for too long: then -1. */
static int rest(struct stream *stream, enum state state, struct err *err)
{
	int64_t patience = stream->options->patience_ms, now = clock_ms(), pause;

	if (stream->options->failed)
		stream->options->failed(stream->options->arg, err);
	if (!patience)
		patience = PATIENCE_MS;
	if (!stream->failing_since_ms)
		stream->failing_since_ms = now;
	if (patience > 0 && now - stream->failing_since_ms >= patience)
		return fail(stream);
	err_release(err);
	pause = REST_FIRST_MS << (stream->failures < 6 ? stream->failures : 6);
	stream->failures++;
	if (pause > REST_MOST_MS)
		pause = REST_MOST_MS;
	stream->state = RESTING;
	stream->after_rest = state;
	timer_set(client_loop(stream->client), &stream->rest, pause / 2 + clock_now_ns() / 1000 % (pause / 2 + 1));
	return WAIT;
}

static bool may_pass(const struct err *err)
{
	return err->class == ERR_UNREACHABLE || err->class == ERR_TIMEOUT || err->code == 429 || err->code / 100 == 5;
}

/* The version that is asked for is no longer, or not yet, known there. */
static bool version_is_off(const struct err *err)
{
	return err->code == 410 || (err->code == 504 && strstr(err_text(err), "Too large resource version"));
}

/* Lists. */

static int step_beginning(struct stream *stream, struct stream_event *event, struct err *err)
{
	(void)err;
	drop_pages(stream);
	seen_begin(&stream->seen);
	stream->count = 0;
	stream->two_times = false;
	stream->page = page_new(stream, NULL, NULL);
	stream->state = LISTING;
	if (!stream->options->relists)
		return AGAIN;
	*event = (struct stream_event){ .type = STREAM_LISTING };
	return GOT;
}

static int malformed(const struct stream *stream, struct err *err)
{
	return err_wrap(err, "the list of %s", stream->options->plural);
}

/* enum items_got, WAIT or OVER, or -1. */
static int page_next(struct stream *stream, struct slice *object, struct err *err)
{
	struct page *page = stream->page;
	struct slice bytes;

	for (;;) {
		if (page->fed) {
			int got = items_next(&page->items, object, err);

			if (got < 0)
				return malformed(stream, err);
			if (got == ITEMS_MORE)
				page->fed = false;
			else if (page->given++ >= page->skip)
				return got;
		} else if (inlet_take(&page->inlet, &bytes)) {
			items_feed(&page->items, bytes.at, bytes.len);
			page->fed = true;
		} else if (!page->inlet.ended) {
			return WAIT;
		} else if (page->inlet.err.class) {
			err_move(err, &page->inlet.err);
			return -1;
		} else {
			return items_end(&page->items, err) < 0 ? malformed(stream, err) : OVER;
		}
	}
}

/* What the page says of itself by now: the next one is asked for as soon as its token is known. */
static int read_head(struct stream *stream, struct err *err)
{
	struct page *page = stream->page;
	const struct items_head *head = &page->items.head;

	if (page->exact && head->resource_version && strcmp(page->exact, head->resource_version) != 0)
		return err_set(err, ERR_UNREACHABLE, NULL,
			"the list broke off, and the server has no longer the version that it began with");
	if (head->continue_token && *head->continue_token && !stream->ahead)
		stream->ahead = page_new(stream, head->continue_token, page);
	return 0;
}

static bool key_of(struct slice object, struct buf *key)
{
	struct peek peek;

	buf_clear(key);
	if (peek_object(object, &peek, NULL) < 0)
		return false;
	buf_add_slice(key, peek.ns);
	buf_add_char(key, '/');
	buf_add_slice(key, peek.name);
	return true;
}

/* For a plain list that may have to begin anew: remembers the last object of each page, which is looked for where that
 * can be (looking at each would cost as much as cutting them). True for one that was told before. */
static bool told_before(struct stream *stream, struct slice object)
{
	scoped(buf) struct buf key = { 0 };
	bool last = stream->page->given == (size_t)stream->page->limit;

	if ((!last && !stream->resume_key.len) || !key_of(object, &key))
		return false;
	if (stream->resume_key.len && strcmp(buf_text(&key), buf_text(&stream->resume_key)) <= 0)
		return true;
	buf_clear(&stream->resume_key);
	if (!last)
		return false;
	stream->unordered = stream->unordered || strcmp(buf_text(&key), buf_text(&stream->last_key)) < 0;
	buf_release(&stream->last_key);
	stream->last_key = key;
	key = (struct buf){ 0 };
	return false;
}

static int give_item(struct stream *stream, int got, struct slice object, struct stream_event *event, struct err *err)
{
	static const enum stream_type types[] = { [SEEN_NEW] = STREAM_ADDED, [SEEN_CHANGED] = STREAM_MODIFIED };
	enum seen_what what = SEEN_NEW;
	struct peek peek;

	heard(stream);
	if (compares(stream)) {
		if (peek_object(object, &peek, err) < 0)
			return fail(stream);
		what = seen_put(&stream->seen, &peek);
	} else if (!stream->options->relists && told_before(stream, object)) {
		what = SEEN_SAME;
	}
	stream->count++;
	if (what == SEEN_SAME)
		return AGAIN;
	*event = (struct stream_event){ .type = types[what], .object = object,
		.items = got == ITEMS_ITEM ? &stream->page->items : NULL };
	return GOT;
}

static int not_found(struct stream *stream, struct err *err)
{
	const struct stream_options *options = stream->options;
	bool core = !options->group || !*options->group;

	err_set(err, ERR_NOT_FOUND, "NotFound", "%s%s%s \"%s\" not found", options->plural, core ? "" : ".",
		core ? "" : options->group, options->name);
	if (err)
		err->code = 404;
	return fail(stream);
}

static int page_over(struct stream *stream, struct err *err)
{
	const struct items_head *head = &stream->page->items.head;

	if (head->resource_version)
		replace(&stream->version, head->resource_version, strlen(head->resource_version));
	free(stream->api_version);
	stream->api_version = mem_dup(head->api_version);
	free(stream->kind);
	stream->kind = mem_dup(head->item_kind);
	if (stream->ahead && stream->page->given != (size_t)stream->page->limit)
		stream->unordered = true;
	stream->last = stream->page;
	stream->page = stream->ahead;
	stream->ahead = NULL;
	if (stream->page)
		return AGAIN;
	if (stream->options->name && stream->options->watch && !stream->listed && !stream->count)
		return not_found(stream, err);
	stream->restarts = 0;
	if (stream->two_times && stream->options->watch) {
		stream->state = BEGINNING;
		return AGAIN;
	}
	if (compares(stream))
		seen_end(&stream->seen);
	stream->state = VANISHING;
	return AGAIN;
}

/* The continue token expired: goes on with the one that the server offers, or begins anew. */
static int token_expired(struct stream *stream, struct err *err)
{
	struct page *page = stream->page;
	scoped_free char *offered = steal(page->inlet.continue_token);
	bool plain = !compares(stream) && !stream->options->relists;

	if (offered && *offered) {
		err_release(err);
		stream->two_times = true;
		page = page_new(stream, offered, stream->page);
		drop_pages(stream);
		stream->page = page;
		return AGAIN;
	}
	if (++stream->restarts > RESTARTS || (plain && stream->unordered))
		return fail(stream);
	err_release(err);
	if (plain) {
		buf_clear(&stream->resume_key);
		buf_add_slice(&stream->resume_key, buf_slice(&stream->last_key));
	}
	stream->state = BEGINNING;
	return AGAIN;
}

/* The connection broke in the middle of a page, as servers end answers that are read too slowly: asks for the same page
 * and leaves out what was told of it. */
static bool page_again(struct stream *stream)
{
	struct page *page = stream->page, *fresh;
	const char *version = page->items.head.resource_version;

	if (page->tries >= PAGE_TRIES || !page->given || !(page->token || (version && *version)))
		return false;
	fresh = mem_alloc(sizeof *fresh);
	fresh->token = steal(page->token);
	fresh->exact = mem_dup(version);
	fresh->skip = page->given;
	fresh->tries = page->tries + 1;
	fresh->limit = page->limit;
	drop_pages(stream);
	stream->page = fresh;
	page_ask(stream, fresh);
	return true;
}

static int page_failed(struct stream *stream, struct err *err)
{
	bool endless = stream->options->patience_ms < 0;

	if (err->code == 410 && stream->page->token)
		return token_expired(stream, err);
	if (endless || (stream->listed && may_pass(err)))
		return rest(stream, BEGINNING, err);
	if (may_pass(err) && page_again(stream)) {
		err_release(err);
		return AGAIN;
	}
	return fail(stream);
}

static int step_listing(struct stream *stream, struct stream_event *event, struct err *err)
{
	struct slice object;
	int got = page_next(stream, &object, err);

	if (got < 0)
		return page_failed(stream, err);
	if (read_head(stream, err) < 0)
		return fail(stream);
	if (got == OVER)
		return page_over(stream, err);
	return got == WAIT ? WAIT : give_item(stream, got, object, event, err);
}

static int step_vanishing(struct stream *stream, struct stream_event *event, struct err *err)
{
	bool mark = stream->options->relists || (stream->options->marks && !stream->listed);

	(void)err;
	buf_clear(&stream->object);
	if (seen_vanished(&stream->seen, stream->api_version, stream->kind, &stream->object)) {
		*event = (struct stream_event){ .type = STREAM_DELETED, .object = buf_slice(&stream->object) };
		return GOT;
	}
	heard(stream);
	stream->listed = true;
	if (stream->options->watch) {
		stream->state = WATCHING;
		watch_ask(stream);
	} else {
		stream->state = ENDED;
	}
	if (!mark)
		return AGAIN;
	*event = (struct stream_event){ .type = STREAM_LISTED };
	return GOT;
}

/* Watches. */

static int relist(struct stream *stream)
{
	inlet_release(&stream->watch);
	stream->state = BEGINNING;
	return AGAIN;
}

static int watch_failed(struct stream *stream, struct err *err)
{
	if (version_is_off(err)) {
		err_release(err);
		return relist(stream);
	}
	inlet_release(&stream->watch);
	if (stream->options->patience_ms < 0 || may_pass(err))
		return rest(stream, WATCHING, err);
	return fail(stream);
}

static int watch_error(struct stream *stream, struct slice status, struct err *err)
{
	scoped(jv) jv object = jv_null();

	if (jvs_parse(status, &object, err) == 0)
		status_object_to_err(object, err);
	return watch_failed(stream, err);
}

static int watch_object(struct stream *stream, enum stream_type type, const struct peek *peek, struct slice object,
	struct stream_event *event)
{
	replace(&stream->version, peek->version.at ? peek->version.at : "", peek->version.len);
	if (compares(stream)) {
		if (type == STREAM_DELETED)
			seen_remove(&stream->seen, peek);
		else if (seen_put(&stream->seen, peek) == SEEN_SAME)
			return AGAIN;
	}
	*event = (struct stream_event){ .type = type, .object = object };
	return GOT;
}

static int watch_line(struct stream *stream, struct slice line, struct stream_event *event, struct err *err)
{
	struct slice type, object;
	struct peek peek;
	int is_event = peek_event(line, &type, &object, err);

	if (is_event < 0)
		return watch_failed(stream, err);
	heard(stream);
	if (is_event && slice_is(type, "ERROR"))
		return watch_error(stream, object, err);
	if (!is_event || peek_object(object, &peek, err) < 0) {
		if (!is_event)
			err_set(err, ERR_FAILED, NULL, "the watch gave something that is no event");
		return watch_failed(stream, err);
	}
	for (enum stream_type is = STREAM_ADDED; is <= STREAM_DELETED; is++)
		if (slice_is(type, stream_type_text(is)))
			return watch_object(stream, is, &peek, object, event);
	if (slice_is(type, "BOOKMARK"))
		replace(&stream->version, peek.version.at ? peek.version.at : "", peek.version.len);
	return AGAIN;
}

/* It ended: mostly because the server's time for it was over, which is nobody's concern. */
static int watch_over(struct stream *stream, struct err *err)
{
	bool short_lived = !stream->watch.total && clock_ms() - stream->watch_began_ms < 1000;

	if (stream->watch.err.class) {
		err_move(err, &stream->watch.err);
		return watch_failed(stream, err);
	}
	if (short_lived) {
		err_set(err, ERR_UNREACHABLE, NULL, "the server ends watches at once");
		return watch_failed(stream, err);
	}
	watch_ask(stream);
	return AGAIN;
}

static int step_watching(struct stream *stream, struct stream_event *event, struct err *err)
{
	struct slice bytes;
	int got;

	if (stream->fed) {
		got = lines_next(&stream->lines, &bytes, err);
		if (got < 0)
			return watch_failed(stream, err);
		if (got)
			return watch_line(stream, bytes, event, err);
		stream->fed = false;
	}
	if (inlet_take(&stream->watch, &bytes)) {
		lines_feed(&stream->lines, bytes.at, bytes.len);
		stream->fed = true;
		return AGAIN;
	}
	if (stream->watch.ended)
		return watch_over(stream, err);
	if (!stream->watch.exchange) {
		watch_ask(stream);      /* after a rest */
		return AGAIN;
	}
	return WAIT;
}

static int step_resting(struct stream *stream, struct stream_event *event, struct err *err)
{
	(void)event;
	(void)err;
	if (timer_is_set(&stream->rest))
		return WAIT;
	stream->state = stream->after_rest;
	return AGAIN;
}

static int step_ended(struct stream *stream, struct stream_event *event, struct err *err)
{
	(void)stream;
	(void)event;
	(void)err;
	return WAIT;
}

/* What others call. */

struct stream *stream_new(struct client *client, const struct stream_options *options)
{
	struct stream *stream = mem_alloc(sizeof *stream);

	stream->client = client;
	stream->options = options;
	stream->rest = (struct timer){ .fire = wake, .arg = stream };
	stream->ready = (struct timer){ .fire = fire_ready, .arg = stream };
	return stream;
}

void stream_free(struct stream *stream)
{
	if (!stream)
		return;
	timer_clear(client_loop(stream->client), &stream->rest);
	timer_clear(client_loop(stream->client), &stream->ready);
	drop_pages(stream);
	page_free(stream->last);
	inlet_release(&stream->watch);
	lines_release(&stream->lines);
	seen_release(&stream->seen);
	buf_release(&stream->object);
	buf_release(&stream->last_key);
	buf_release(&stream->resume_key);
	free(stream->version);
	free(stream->api_version);
	free(stream->kind);
	free(stream);
}

int stream_poll(struct stream *stream, struct stream_event *event, struct err *err)
{
	static int (*const steps[])(struct stream *, struct stream_event *, struct err *) = {
		[BEGINNING] = step_beginning, [LISTING] = step_listing, [VANISHING] = step_vanishing,
		[WATCHING] = step_watching, [RESTING] = step_resting, [ENDED] = step_ended,
	};
	scoped(err) struct err ours = { 0 };
	int got;

	page_free(stream->last);
	stream->last = NULL;
	*event = (struct stream_event){ 0 };
	while ((got = steps[stream->state](stream, event, &ours)) == AGAIN)
		;
	if (got < 0)
		err_move(err, &ours);
	return got;
}

void stream_on_ready(struct stream *stream, void (*ready)(void *arg), void *arg)
{
	stream->on_ready = ready;
	stream->ready_arg = arg;
	if (!ready)
		timer_clear(client_loop(stream->client), &stream->ready);
	else
		timer_set(client_loop(stream->client), &stream->ready, 0);
}

const char *stream_version(const struct stream *stream)
{
	return stream->version ? stream->version : "";
}

bool stream_ended(const struct stream *stream)
{
	return stream->state == ENDED;
}

int stream_next(struct stream *stream, struct stream_event *event, int64_t deadline_ms, struct err *err)
{
	int got;

	while ((got = stream_poll(stream, event, err)) == 0 && !stream_ended(stream)) {
		int64_t left = deadline_ms ? deadline_ms - clock_ms() : -1;

		if (deadline_ms && left <= 0)
			return err_set(err, ERR_TIMEOUT, NULL, "timed out waiting for %s", stream->options->plural);
		if (loop_once(client_loop(stream->client), left > INT32_MAX ? INT32_MAX : (int)left, err) < 0)
			return -1;
	}
	return got;
}
