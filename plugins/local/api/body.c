#include "api/body.h"

#include <inttypes.h>
#include <stdlib.h>

#include "api/kind.h"
#include "base/mem.h"
#include "formats/jvs.h"

/* As upstream's structs have them: the order in which people read metadata, and resourceVersion before all that a
 * user may have written into it. */
static const char *const metadata_order[] = {
	"name", "generateName", "namespace", "uid", "resourceVersion", "generation", "creationTimestamp",
	"deletionTimestamp", "deletionGracePeriodSeconds", "labels", "annotations", "ownerReferences", "finalizers",
	"managedFields", NULL,
};

static void add_member(struct buf *to, const char *key, jv value)
{
	char last = to->at[to->len - 1];

	if (last != '{')
		buf_add_char(to, ',');
	buf_add_char(to, '"');
	buf_add_text(to, key);
	buf_add_text(to, "\":");
	jvs_print(value, to);
}

/* Notes in marks where the version stands. */
static void add_metadata(struct buf *to, jv metadata, struct body *marks)
{
	size_t begin = to->len;

	buf_add_char(to, '{');
	for (const char *const *key = metadata_order; *key; key++) {
		scoped(jv) jv value = jvs_at(metadata, *key);

		if (jvs_is(value, JV_KIND_NULL))
			continue;
		add_member(to, *key, value);
		if (strcmp(*key, "resourceVersion") == 0) {
			marks->version = strtoull(jvs_text(value), NULL, 10);
			marks->version_len = (uint32_t)strlen(jvs_text(value));
			marks->version_at = (uint32_t)to->len - marks->version_len - 1;
		}
	}
	buf_add_char(to, '}');
	marks->metadata_len = (uint32_t)(to->len - begin);
}

static void add_object(struct buf *to, jv object)
{
	for (int at = jv_object_iter(object); jv_object_iter_valid(object, at); at = jv_object_iter_next(object, at)) {
		scoped(jv) jv key = jv_object_iter_key(object, at);
		scoped(jv) jv value = jv_object_iter_value(object, at);
		const char *text = jvs_text(key);

		if (strcmp(text, "metadata") != 0 && strcmp(text, "kind") != 0 && strcmp(text, "apiVersion") != 0)
			add_member(to, text, value);
	}
	buf_add_char(to, '}');
}

static void add_fact(struct buf *facts, const char *text)
{
	buf_add(facts, text, strlen(text) + 1);
}

/* A field's value as a selector compares it: numbers and booleans are spelled out. */
static void add_field(struct buf *facts, jv object, const struct selectable *field)
{
	scoped(jv) jv value = jvs_get(object, field->path ? field->path : field->label);
	scoped(buf) struct buf text = {0};

	if (jvs_is(value, JV_KIND_STRING))
		buf_add_text(&text, jvs_text(value));
	else if (!jvs_is(value, JV_KIND_NULL))
		jvs_print(value, &text);
	if (!text.len && field->otherwise)
		buf_add_text(&text, field->otherwise);
	add_fact(facts, buf_text(&text));
}

static void add_facts(struct buf *facts, const struct kind *kind, jv object, jv metadata)
{
	scoped(jv) jv name = jvs_at(metadata, "name"), ns = jvs_at(metadata, "namespace");
	scoped(jv) jv labels = jvs_at(metadata, "labels");

	add_fact(facts, jvs_text(name));
	add_fact(facts, jvs_text(ns));
	for (size_t i = 0; i < kind->selectable_count; i++)
		add_field(facts, object, &kind->selectables[i]);
	if (!jvs_is(labels, JV_KIND_OBJECT))
		return;
	for (int at = jv_object_iter(labels); jv_object_iter_valid(labels, at); at = jv_object_iter_next(labels, at)) {
		scoped(jv) jv key = jv_object_iter_key(labels, at);
		scoped(jv) jv value = jv_object_iter_value(labels, at);

		add_fact(facts, jvs_text(key));
		add_fact(facts, jvs_text(value));
	}
}

static struct body *body_make(struct slice object, struct slice facts, const struct body *marks)
{
	struct body *body = mem_alloc(sizeof *body + object.len + facts.len + 1);

	*body = *marks;
	body->refs = 1;
	body->len = (uint32_t)object.len;
	body->facts_len = (uint32_t)facts.len;
	memcpy(body->at, object.at, object.len);
	memcpy(body->at + object.len, facts.at, facts.len);
	return body;
}

/* The end of the JSON value that begins at text[at]. */
static size_t value_end(struct slice text, size_t at)
{
	size_t depth = 0;
	bool quoted = false;

	for (; at < text.len; at++) {
		char c = text.at[at];

		if (quoted) {
			at += c == '\\';
			quoted = c != '"';
		} else if (c == '"') {
			quoted = true;
		} else if (c == '{' || c == '[') {
			depth++;
		} else if ((c == '}' || c == ']') && --depth == 0) {
			return at + 1;
		}
	}
	return 0;
}

struct body *body_load(struct slice object, struct slice facts)
{
	static const char mark[] = "\"resourceVersion\":\"";
	const char *at = memmem(object.at, object.len, mark, sizeof mark - 1);
	size_t end = value_end(object, BODY_METADATA);
	struct body marks = {0};
	char *stop;

	if (!at || !end || object.len > UINT32_MAX / 2 || facts.len > UINT32_MAX / 2)
		return NULL;
	at += sizeof mark - 1;
	marks.metadata_len = (uint32_t)(end - BODY_METADATA);
	marks.version_at = (uint32_t)(at - object.at);
	marks.version = strtoull(at, &stop, 10);
	marks.version_len = (uint32_t)(stop - at);
	return body_make(object, facts, &marks);
}

struct body *body_new(const struct kind *kind, jv object)
{
	scoped(jv) jv metadata = jvs_at(object, "metadata");
	scoped(buf) struct buf text = {0}, facts = {0};
	struct body marks = {0};

	buf_add_text(&text, "{\"metadata\":");
	add_metadata(&text, metadata, &marks);
	add_object(&text, object);
	add_facts(&facts, kind, object, metadata);
	return body_make(buf_slice(&text), buf_slice(&facts), &marks);
}

struct body *body_with_version(const struct body *body, uint64_t version)
{
	scoped(buf) struct buf text = {0};
	struct body marks = *body;

	buf_add(&text, body->at, body->version_at);
	buf_printf(&text, "%" PRIu64, version);
	marks.version = version;
	marks.version_len = (uint32_t)text.len - body->version_at;
	marks.metadata_len = body->metadata_len - body->version_len + marks.version_len;
	buf_add(&text, body->at + body->version_at + body->version_len,
		body->len - body->version_at - body->version_len);
	return body_make(buf_slice(&text), body_facts(body), &marks);
}

struct body *body_ref(struct body *body)
{
	if (body)
		body->refs++;
	return body;
}

void body_unref(struct body *body)
{
	if (body && --body->refs == 0)
		free(body);
}

struct slice body_object(const struct body *body)
{
	return (struct slice){ body->at, body->len };
}

struct slice body_metadata(const struct body *body)
{
	return (struct slice){ body->at + BODY_METADATA, body->metadata_len };
}

struct slice body_facts(const struct body *body)
{
	return (struct slice){ body->at + body->len, body->facts_len };
}

/* The fact number index, or NULL past the last. */
static const char *fact_at(const struct body *body, size_t index)
{
	const char *at = body->at + body->len, *end = at + body->facts_len;

	for (; at < end && index; index--)
		at += strlen(at) + 1;
	return at < end ? at : NULL;
}

const char *body_name(const struct body *body)
{
	return body->at + body->len;
}

const char *body_namespace(const struct body *body)
{
	return fact_at(body, 1);
}

const char *body_field(const struct body *body, size_t index)
{
	const char *value = fact_at(body, index + 2);

	return value ? value : "";
}

const char *body_label(const struct body *body, const struct kind *kind, const char *key)
{
	const char *at = fact_at(body, kind->selectable_count + 2), *end = body->at + body->len + body->facts_len;

	while (at && at < end) {
		const char *value = at + strlen(at) + 1;

		if (strcmp(at, key) == 0)
			return value;
		at = value + strlen(value) + 1;
	}
	return NULL;
}

jv body_parse(const struct body *body, const struct kind *kind)
{
	scoped(buf) struct buf api_version = {0};
	scoped(jv) jv stored = jv_null();
	jv object = jv_object();

	if (*kind->group)
		buf_printf(&api_version, "%s/", kind->group);
	buf_add_text(&api_version, kind->version);
	jvs_parse(body_object(body), &stored, NULL);
	object = jv_object_set(object, jv_string("kind"), jv_string(kind->kind));
	object = jv_object_set(object, jv_string("apiVersion"), jv_string(buf_text(&api_version)));
	return jv_object_merge(object, jv_copy(stored));
}
