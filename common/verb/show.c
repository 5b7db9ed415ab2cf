#include "verb/show.h"

#include "api/client.h"
#include "api/discovery.h"
#include "api/list.h"
#include "base/err.h"
#include "base/mem.h"
#include "formats/jvs.h"
#include "formats/peek.h"
#include "verb/verb.h"
#include "verb/view.h"

#define TABLE "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
#define PAGE "500"

static int print_event(struct verb *verb, const struct stream_event *event, struct err *err)
{
	const char *type = stream_type_text(event->type);

	return event->items ? output_item(&verb->output, type, event->items, event->object, err) :
			      output_bytes(&verb->output, type, event->object, err);
}

static int show_objects(struct verb *verb, const struct stream_options *listing, struct err *err)
{
	scoped_ptr(stream) struct stream *stream = stream_new(verb->client, listing);
	struct stream_event event;
	int more;

	while ((more = stream_next(stream, &event, 0, err)) > 0)
		if (event.type == STREAM_LISTED)
			verb->output.live = true;
		else if (print_event(verb, &event, err) < 0)
			verb_fail(verb, err);
	return more;
}

/* A page of the server's Table, or the Table of one object. *token: where to go on, owned; NULL: nowhere. */
static int show_page(struct verb *verb, const struct ref *ref, const char *name, char **token, struct err *err)
{
	scoped(buf) struct buf query = { 0 };
	scoped_free char *prefix = NULL, *from = steal(*token);
	struct call call = {
		.method = "GET",
		.accept = TABLE,
		.target = {
			.group = ref->resource->group,
			.version = ref->resource->version,
			.plural = ref->resource->plural,
			.ns = ref->ns,
			.name = name,
		},
	};
	scoped(jv) jv table = jv_null();

	if (!name) {
		query_add(&query, "limit", PAGE);
		if (ref->labels)
			query_add(&query, "labelSelector", ref->labels);
		if (ref->fields)
			query_add(&query, "fieldSelector", ref->fields);
		if (from)
			query_add(&query, "continue", from);
		call.target.query = buf_text(&query);
	}
	if (client_call(verb->client, &call, &table, err) < 0)
		return -1;
	*token = jvs_get_text(table, "metadata.continue");
	if (*token && !**token)
		free(steal(*token));
	if (verb->output.with_kind)
		prefix = output_prefix(ref->resource->group, ref->resource->kind);
	return output_table(&verb->output, "ADDED", table, ref->resource, prefix, err);
}

static int show_table(struct verb *verb, const struct ref *ref, struct err *err)
{
	char *token = NULL;

	do
		if (show_page(verb, ref, ref->name, &token, err) < 0)
			return -1;
	while (token);
	return 0;
}

/* A change: the row as the server shows it now. What is gone by now has none, and its DELETED comes next. */
static int show_change(struct verb *verb, const struct ref *ref, const struct stream_event *event, struct err *err)
{
	struct peek peek;
	scoped_free char *name = NULL;
	char *token = NULL;

	if (event->type == STREAM_DELETED && !verb->output.events)
		return 0;
	if (peek_object(event->object, &peek, err) < 0)
		return -1;
	name = peek_text(peek.name);
	if (event->type == STREAM_DELETED)
		return output_gone(&verb->output, name, err);
	if (show_page(verb, ref, name, &token, err) == 0 || err->class == ERR_NOT_FOUND) {
		err_release(err);
		return 0;
	}
	return -1;
}

/* The watch tells what changes; how it looks is asked of the server. */
static int watch_table(struct verb *verb, const struct ref *ref, const struct stream_options *listing, struct err *err)
{
	scoped_ptr(stream) struct stream *stream = stream_new(verb->client, listing);
	struct stream_event event;
	int more;

	while ((more = stream_next(stream, &event, 0, err)) > 0)
		if (event.type == STREAM_LISTED) {
			if (show_table(verb, ref, err) < 0)
				return -1;
			verb->output.live = true;
		} else if (verb->output.live && show_change(verb, ref, &event, err) < 0)
			verb_fail(verb, err);
	return more;
}

int show(struct verb *verb, const struct ref *ref, bool watch, struct err *err)
{
	struct stream_options listing = verb_listing(verb, ref);

	listing.watch = listing.marks = watch;
	if (!output_wants_table(&verb->output) || view_has(ref->resource->kind))
		return show_objects(verb, &listing, err);
	return watch ? watch_table(verb, ref, &listing, err) : show_table(verb, ref, err);
}

void show_all(struct verb *verb, bool watch)
{
	scoped(err) struct err err = { 0 };
	struct ref ref;
	int more;

	if (watch && !refs_are_one(&verb->refs_left)) {
		err_set(&err, ERR_USAGE, NULL, "-w watches one object or one collection, not several");
		verb_fail(verb, &err);
		return;
	}
	if (watch)
		verb->output.many = false;      /* a List that never ends is of no use to who reads it */
	while ((more = verb_next(verb, &ref, &err)) > 0)
		if (show(verb, &ref, watch, &err) < 0)
			verb_fail(verb, &err);
	if (more < 0)
		verb_fail(verb, &err);
	if (!verb->status && !verb->output.count && output_wants_table(&verb->output))
		verb_say(verb, "nothing found");
}
