#include "api/listing.h"

#include <inttypes.h>
#include <stdlib.h>

#include "api/answer.h"
#include "api/body.h"
#include "api/kind.h"
#include "api/request.h"
#include "api/table.h"
#include "base/mem.h"

#define PIECE ((size_t)64 * 1024)

void listing_add(struct listing *list, struct body *body)
{
	if (list->len == list->cap) {
		list->cap = list->cap ? list->cap * 2 : 64;
		list->at = mem_grow(list->at, list->cap, sizeof *list->at);
	}
	list->at[list->len++] = body_ref(body);
}

void listing_release(struct listing *list)
{
	for (size_t i = 0; i < list->len; i++)
		body_unref(list->at[i]);
	free(list->at);
	free(list->next);
	*list = (struct listing){ 0 };
}

/* {"kind":…,"metadata":{…},"items":[ */
static void add_head(struct buf *to, const struct request *request, const struct listing *list)
{
	const struct kind *kind = request->kind;

	if (request->media.form == FORM_METADATA)
		buf_printf(to,
			"{\"kind\":\"PartialObjectMetadataList\",\"apiVersion\":\"meta.k8s.io/%s\",\"metadata\":",
			request->media.v1beta1 ? "v1beta1" : "v1");
	else
		buf_printf(to, "{\"kind\":\"%s\",\"apiVersion\":\"%s%s%s\",\"metadata\":", kind->list_kind, kind->group,
			*kind->group ? "/" : "", kind->version);
	buf_printf(to, "{\"resourceVersion\":\"%" PRIu64 "\"", list->version);
	if (list->next)
		buf_printf(to, ",\"continue\":\"%s\"", list->next);
	if (list->remaining >= 0)
		buf_printf(to, ",\"remainingItemCount\":%" PRId64, list->remaining);
	buf_add_text(to, "},\"items\":");
}

static void add_item(struct buf *to, const struct request *request, const struct body *body)
{
	if (request->media.form == FORM_METADATA)
		answer_add_metadata(to, body, request->media.v1beta1);
	else
		answer_add_item(to, request->kind, body);
}

/* A list on its way: head, items and tail, rendered a piece ahead. */
struct listing_source {
	struct source source;
	struct listing list;
	size_t at;
	struct buf piece;
	size_t sent;            /* of piece */
	bool ended;
};

static void fill(struct listing_source *source)
{
	buf_clear(&source->piece);
	source->sent = 0;
	while (source->at < source->list.len && source->piece.len < PIECE) {
		if (source->at)
			buf_add_char(&source->piece, ',');
		buf_add_slice(&source->piece, body_object(source->list.at[source->at]));
		body_unref(source->list.at[source->at]);
		source->list.at[source->at++] = NULL;
	}
	if (source->at == source->list.len && source->piece.len < PIECE && !source->ended) {
		buf_add_text(&source->piece, "]}\n");
		source->ended = true;
	}
}

static ssize_t listing_read(struct source *base, char *at, size_t max)
{
	struct listing_source *source = (struct listing_source *)base;
	size_t len;

	if (source->sent == source->piece.len)
		fill(source);
	len = source->piece.len - source->sent;
	if (!len)
		return SOURCE_END;
	if (len > max)
		len = max;
	memcpy(at, source->piece.at + source->sent, len);
	source->sent += len;
	return (ssize_t)len;
}

static void listing_free(struct source *base)
{
	struct listing_source *source = (struct listing_source *)base;

	buf_release(&source->piece);
	listing_release(&source->list);
	free(source);
}

static int64_t length_of(const struct listing *list)
{
	int64_t length = 0;

	for (size_t i = 0; i < list->len; i++)
		length += list->at[i]->len + (i ? 1 : 0);
	return length;
}

static struct source *listing_source(struct listing *list, struct buf *head, int64_t length)
{
	struct listing_source *source = mem_alloc(sizeof *source);

	source->source = (struct source){ .read = listing_read, .free = listing_free };
	buf_add_char(head, '[');
	source->source.length = (int64_t)head->len + length + (int64_t)strlen("]}\n");
	source->list = *list;
	source->piece = *head;
	*list = (struct listing){ 0 };
	*head = (struct buf){ 0 };
	return &source->source;
}

void listing_answer(struct request *request, struct listing *list)
{
	bool plain = request->media.form == FORM_OBJECT && !request->media.yaml && !request->media.pretty &&
		!request->kind->from_stored;
	int64_t length = length_of(list);
	scoped(buf) struct buf json = {0};

	if (request->media.form == FORM_TABLE) {
		table_answer_listing(request, list);
		return;
	}
	add_head(&json, request, list);
	if (plain && length > (int64_t)PIECE) {
		request->answer.code = 200;
		request->answer.type = "application/json";
		request->answer.source = listing_source(list, &json, length);
		return;
	}
	if (!list->len && request->media.form == FORM_METADATA) {
		buf_add_text(&json, "null}");   /* as Go writes it there */
		answer_finish(request, 200, &json);
		return;
	}
	buf_add_char(&json, '[');
	for (size_t i = 0; i < list->len; i++) {
		if (i)
			buf_add_char(&json, ',');
		add_item(&json, request, list->at[i]);
	}
	buf_add_text(&json, "]}");
	answer_finish(request, 200, &json);
}
