#include "api/table.h"

#include <inttypes.h>

#include "api/answer.h"
#include "api/body.h"
#include "api/columns.h"
#include "api/kind.h"
#include "api/listing.h"
#include "api/request.h"
#include "api/reply.h"
#include "base/clock.h"
#include "formats/jvs.h"

#define NS_PER_SECOND INT64_C(1000000000)

static void add_columns(struct buf *to, const struct kind *kind)
{
	const struct column *columns = kind->columns;

	buf_add_char(to, '[');
	for (size_t i = 0; i < kind->column_count; i++)
		buf_printf(to,
			"%s{\"name\":\"%s\",\"type\":\"%s\",\"format\":\"%s\",\"description\":\"%s\",\"priority\":%d}",
			i ? "," : "", columns[i].name, columns[i].type, columns[i].format, columns[i].description,
			columns[i].priority);
	buf_add_char(to, ']');
}

static void add_row(struct buf *to, const struct kind *kind, const struct body *body, const struct media *media,
	int64_t now)
{
	const struct kind *stored = kind->stored_as ? kind->stored_as : kind;
	scoped(jv) jv object = body_parse(body, stored);
	scoped(jv) jv cells = kind->cells(object, now);

	buf_add_text(to, "{\"cells\":");
	jvs_print(cells, to);
	buf_add_text(to, ",\"object\":");
	if (media->include == INCLUDE_NONE)
		buf_add_text(to, "null");
	else if (media->include == INCLUDE_OBJECT)
		answer_add(to, kind, body);
	else
		answer_add_metadata(to, body, media->v1beta1);
	buf_add_char(to, '}');
}

static void open_table(struct buf *to, const struct media *media, uint64_t version)
{
	buf_printf(to,
		"{\"kind\":\"Table\",\"apiVersion\":\"meta.k8s.io/%s\",\"metadata\":{\"resourceVersion\":\"%" PRIu64
		"\"",
		media->v1beta1 ? "v1beta1" : "v1", version);
}

int table_answer(struct request *request, int code, const struct body *body)
{
	scoped(buf) struct buf json = {0};

	open_table(&json, &request->media, body->version);
	buf_add_text(&json, "},\"columnDefinitions\":");
	add_columns(&json, request->kind);
	buf_add_text(&json, ",\"rows\":[");
	add_row(&json, request->kind, body, &request->media, clock_now_ns() / NS_PER_SECOND);
	buf_add_text(&json, "]}");
	answer_finish(request, code, &json);
	return 0;
}

void table_answer_listing(struct request *request, const struct listing *list)
{
	int64_t now = clock_now_ns() / NS_PER_SECOND;
	scoped(buf) struct buf json = {0};

	open_table(&json, &request->media, list->version);
	if (list->next)
		buf_printf(&json, ",\"continue\":\"%s\"", list->next);
	if (list->remaining >= 0)
		buf_printf(&json, ",\"remainingItemCount\":%" PRId64, list->remaining);
	buf_add_text(&json, "},\"columnDefinitions\":");
	add_columns(&json, request->kind);
	buf_add_text(&json, ",\"rows\":[");
	for (size_t i = 0; i < list->len; i++) {
		if (i)
			buf_add_char(&json, ',');
		add_row(&json, request->kind, list->at[i], &request->media, now);
	}
	buf_add_text(&json, "]}");
	answer_finish(request, 200, &json);
}

void table_add_event(struct buf *to, const struct kind *kind, const struct body *body, const struct media *media,
	bool first)
{
	open_table(to, media, body->version);
	buf_add_text(to, "},\"columnDefinitions\":");
	if (first)
		add_columns(to, kind);
	else
		buf_add_text(to, "null");
	buf_add_text(to, ",\"rows\":[");
	add_row(to, kind, body, media, clock_now_ns() / NS_PER_SECOND);
	buf_add_text(to, "]}");
}
