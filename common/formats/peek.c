#include "formats/peek.h"

#include <jv.h>

#include "base/err.h"
#include "base/mem.h"
#include "formats/jvs.h"
#include "formats/members.h"

/* Where a key's text goes, by name. */
struct want {
	const char *key;
	struct slice *text;
};

/* The first of a name counts, as reading may end behind it. */
static void keep(const struct want *wants, size_t count, struct slice key, struct slice value)
{
	for (size_t i = 0; i < count; i++)
		if (slice_is(key, wants[i].key) && !wants[i].text->at)
			*wants[i].text = members_text(value);
}

static int peek_metadata(struct slice metadata, struct peek *peek, struct err *err)
{
	const struct want wants[] = {
		{ "name", &peek->name },
		{ "namespace", &peek->ns },
		{ "uid", &peek->uid },
		{ "resourceVersion", &peek->version },
	};
	struct members members = { .object = metadata };
	struct slice key, value;
	int more;

	while ((more = members_next(&members, &key, &value, err)) > 0) {
		keep(wants, sizeof wants / sizeof *wants, key, value);
		if (slice_is(key, "deletionTimestamp"))
			peek->deleting = members_text(value).at;
	}
	return more;
}

int peek_object(struct slice object, struct peek *peek, struct err *err)
{
	const struct want wants[] = { { "apiVersion", &peek->api_version }, { "kind", &peek->kind } };
	struct members members = { .object = object };
	bool metadata_seen = false;
	struct slice key, value;
	int more = 1;

	*peek = (struct peek){ 0 };
	while (!(metadata_seen && peek->kind.at && peek->api_version.at)) {
		more = members_next(&members, &key, &value, err);
		if (more <= 0)
			return more;
		keep(wants, sizeof wants / sizeof *wants, key, value);
		if (!metadata_seen && slice_is(key, "metadata") && *value.at == '{') {
			metadata_seen = true;
			if (peek_metadata(value, peek, err) < 0)
				return -1;
		}
	}
	return 0;
}

int peek_event(struct slice line, struct slice *type, struct slice *object, struct err *err)
{
	struct members members = { .object = line };
	struct slice key, value, found_type = { 0 }, found_object = { 0 };
	int more;

	*type = (struct slice){ 0 };
	*object = line;
	while ((more = members_next(&members, &key, &value, err)) > 0) {
		if (slice_is(key, "type") && *value.at == '"')
			found_type = members_text(value);
		else if (slice_is(key, "object") && *value.at == '{')
			found_object = value;
		else
			return 0;
	}
	if (more < 0)
		return -1;
	if (!found_type.at || !found_object.at)
		return 0;
	*type = found_type;
	*object = found_object;
	return 1;
}

struct slice peek_value(struct slice object, const char *key)
{
	struct members members = { .object = object };
	struct slice found, value;

	while (members_next(&members, &found, &value, NULL) > 0)
		if (slice_is(found, key))
			return value;
	return (struct slice){ 0 };
}

char *peek_text(struct slice inside_quotes)
{
	scoped(buf) struct buf quoted = { 0 };
	jv text;
	char *copy;

	if (!inside_quotes.len || !memchr(inside_quotes.at, '\\', inside_quotes.len))
		return slice_dup(inside_quotes);
	buf_printf(&quoted, "\"%.*s\"", (int)inside_quotes.len, inside_quotes.at);
	if (jvs_parse(buf_slice(&quoted), &text, NULL) < 0)
		return slice_dup(inside_quotes);
	copy = mem_dup(jvs_text(text));
	jv_free(text);
	return copy;
}
