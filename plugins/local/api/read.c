#include "api/read.h"

#include <stdlib.h>

#include "api/answer.h"
#include "api/body.h"
#include "api/collection.h"
#include "api/listing.h"
#include "api/negotiate.h"
#include "api/terms.h"
#include "api/past.h"
#include "api/request.h"
#include "api/scope.h"
#include "api/reply.h"
#include "api/store.h"
#include "api/token.h"
#include "api/watches.h"
#include "base/err.h"
#include "base/mem.h"
#include "formats/jvs.h"

char *read_key(const struct request *request, const char *name)
{
	return request->ns ? mem_printf("%s/%s", request->ns, name) : mem_dup(name);
}

struct body *read_body(struct request *request)
{
	scoped_free char *key = read_key(request, request->name);
	struct entry *entry = collection_find(store_collection(request->api->store, request->kind), key);

	if (!entry)
		reply_not_found(request, request->name);
	return entry ? entry->body : NULL;
}

int read_get(struct request *request)
{
	struct terms terms;
	struct body *body;

	if (negotiate(request) < 0 || terms_parse(&terms, request, false) < 0 ||
			terms_await(&terms, request) < 0)
		return -1;
	body = read_body(request);
	return body ? answer_body(request, 200, body) : -1;
}

/* Where a list begins, and as of when. */
struct page {
	uint64_t version;       /* 0: now */
	char *key;              /* after it, relative to the prefix; NULL: from the first */
};

static void page_release(struct page *page)
{
	free(page->key);
}

static int too_old(struct request *request, const char *message, const char *token)
{
	jv metadata = token ? jvs_object("continue", jv_string(token), NULL) : jv_object();
	scoped(jv) jv status = jvs_object("kind", jv_string("Status"), "apiVersion", jv_string("v1"), "metadata",
		metadata, "status", jv_string("Failure"), "message", jv_string(message), "reason", jv_string("Expired"),
		"code", jv_number(410), NULL);

	answer_json(request, 410, status);
	return -1;
}

static int page_of_token(struct page *page, const struct terms *terms, uint64_t floor, struct request *request)
{
	scoped(err) struct err err = {0};
	scoped_free char *fresh = NULL;

	if (terms->has_version && terms->version)
		return reply_fail(request, 400, "BadRequest", jv_invalid(),
			"specifying resource version is not allowed when using continue");
	if (token_read(terms->next, &page->version, &page->key, &err) < 0)
		return reply_fail(request, 400, "BadRequest", jv_invalid(), "%s", err_text(&err));
	if (!page->version || page->version >= floor)
		return 0;
	fresh = token_make(0, page->key);
	return too_old(request,
		"The provided continue parameter is too old to display a consistent list result. You can "
		"start a new list without the continue parameter, or use the continue token in this response to "
		"retrieve the "
		"remainder of the results. Continuing with the provided token results in an inconsistent list - "
		"objects that "
		"were created, modified, or deleted between the time the first chunk was returned and now may show up "
		"in the "
		"list.",
		fresh);
}

static int page_init(struct page *page, const struct terms *terms, uint64_t floor, struct request *request)
{
	if (terms->next)
		return page_of_token(page, terms, floor, request);
	if (terms->match != MATCH_EXACT)
		return 0;
	page->version = terms->version;
	if (page->version >= floor)
		return 0;
	return too_old(request, "The resourceVersion for the provided list is too old.", NULL);
}

/* Fills list up to limit; what is left is counted where that is known without looking at it. */
static void collect(struct listing *list, const struct scope *scope, const struct page *page, int64_t limit)
{
	scoped_free char *first =
		mem_printf("%s%s%s", scope->prefix, page->key ? page->key : "", page->key ? "\x01" : "");
	scoped_free char *end = *scope->prefix ? mem_dup(scope->prefix) : NULL;
	scoped_free char *last = NULL;
	scoped(past) struct past past = {0};
	int64_t left = 0;
	struct body *body;
	const char *key;

	if (end)
		end[strlen(end) - 1]++; /* the byte after '/' */
	past_init(&past, scope->collection, list->version, first, end);
	while ((body = past_next(&past, &key))) {
		if (!scope_has(scope, body))
			continue;
		if (limit > 0 && (int64_t)list->len == limit) {
			left = 1 + (int64_t)past_left(&past);
			break;
		}
		listing_add(list, body);
		if (limit > 0 && (int64_t)list->len == limit)
			last = mem_dup(key + strlen(scope->prefix));
	}
	list->remaining = left && scope_is_all(scope) ? left : -1;
	if (left)
		list->next = token_make(list->version, last);
}

int read_list(struct request *request)
{
	struct terms terms;
	scoped(scope) struct scope scope = {0};
	scoped(page) struct page page = {0};
	scoped(listing) struct listing list = {0};

	if (negotiate(request) < 0 || terms_parse(&terms, request, false) < 0 || scope_init(&scope, request) < 0 ||
		terms_await(&terms, request) < 0 || page_init(&page, &terms, scope.collection->floor, request) < 0)
		return -1;
	/* What is asked for "at least as new as 0" upstream takes from its cache, which has no pages. */
	if (terms.has_version && !terms.version && terms.match != MATCH_EXACT && !terms.next)
		terms.limit = 0;
	list.version = page.version ? page.version : store_version(request->api->store);
	collect(&list, &scope, &page, terms.limit);
	listing_answer(request, &list);
	return 0;
}

int read_watch(struct request *request)
{
	return watch_answer(request);
}
