/* expiry.c: events live for an hour. They are listed now and then rather than cached: nobody here reads them. */
#include "api/client.h"
#include "api/queue.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "control/controller.h"
#include "control/work.h"
#include "formats/jvs.h"

#define LIVES_S 3600
#define EVERY_MS 300000
#define PAGE 500

struct expiry {
	struct hub *hub;
	struct queue *queue;
};

struct page {
	struct expiry *expiry;
	struct work *work;
};

static void ask_page(struct expiry *expiry, struct work *work, const char *from);

/* When it was last told, seconds since 1970; now where that cannot be read. */
static int64_t last_told(jv event, int64_t now)
{
	static const char *const times[] = { "series.lastObservedTime", "lastTimestamp", "eventTime",
		"metadata.creationTimestamp" };
	int64_t ns = 0;

	for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
		scoped_free char *text = jvs_get_text(event, times[i]);

		if (text && clock_parse(text, &ns, NULL) == 0)
			return ns / 1000000000;
	}
	return now;
}

static void delete_event(struct work *work, jv event)
{
	scoped_free char *ns = jvs_get_text(event, "metadata.namespace"), *name = jvs_get_text(event, "metadata.name");
	struct call call = { .method = "DELETE", .target = { .ns = ns, .name = name } };

	work_call(work, HUB_EVENTS, &call, NULL, NULL);
}

static void take_page(void *arg, jv list, const struct err *err)
{
	scoped_free struct page *page = arg;
	scoped(jv) jv items = jvs_at(list, "items");
	scoped_free char *more = jvs_get_text(list, "metadata.continue");
	int64_t now = clock_now_ns() / 1000000000;

	for (int i = 0; !err->class && i < jvs_len(items); i++) {
		scoped(jv) jv event = jvs_item(items, i);

		if (last_told(event, now) + LIVES_S < now)
			delete_event(page->work, event);
	}
	if (more && *more)
		ask_page(page->expiry, page->work, more);
}

static void ask_page(struct expiry *expiry, struct work *work, const char *from)
{
	struct page *page = mem_alloc(sizeof *page);
	scoped(buf) struct buf query = { 0 };
	struct call call = { .method = "GET" };

	*page = (struct page){ expiry, work };
	buf_printf(&query, "limit=%d", PAGE);
	if (from)
		query_add(&query, "continue", from);
	call.target.query = buf_text(&query);
	work_call(work, HUB_EVENTS, &call, take_page, page);
}

static void sync_all(void *arg, const char *key)
{
	struct expiry *expiry = arg;
	struct work *work = work_begin(expiry->hub, expiry->queue, key);

	ask_page(expiry, work, NULL);
	queue_add_after(expiry->queue, key, EVERY_MS);
	work_end(work);
}

static void seen(void *self, enum hub_kind kind, const char *key, jv before, jv after)
{
	(void)self;
	(void)kind;
	(void)key;
	(void)before;
	(void)after;
}

static void *start(struct hub *hub)
{
	struct expiry *expiry = mem_alloc(sizeof *expiry);

	expiry->hub = hub;
	expiry->queue = queue_new(hub->loop, sync_all, expiry);
	queue_add_after(expiry->queue, "events", EVERY_MS);
	return expiry;
}

static void stop(void *self)
{
	struct expiry *expiry = self;

	queue_free(expiry->queue);
	free(expiry);
}

const struct controller expiry_controller = {
	.name = "expiry", .needs = HUB_HAS(HUB_NAMESPACES), .start = start, .stop = stop, .seen = seen
};
