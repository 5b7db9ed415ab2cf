#include "formats/yamls.h"

#include <math.h>
#include <yaml.h>

#include "base/err.h"
#include "base/map.h"
#include "base/mem.h"
#include "formats/jvs.h"
#include "formats/nest.h"
#include "formats/scalar.h"

#define MAX_UNFOLDED ((size_t)64 << 20)         /* bytes that aliases may repeat */
#define TAG "tag:yaml.org,2002:"

/* What an anchor names. */
struct anchor {
	jv value;
	size_t weight;          /* bytes that it is about as long as */
	bool open;              /* its value has not ended yet */
};

struct yamls {
	struct slice bytes;
	struct strs *told;      /* lent, or NULL */
	bool go_words;          /* errors as Go says them */
	bool ended;
	size_t json;            /* bytes that were read as JSON so far */
	char *json_error;       /* why what looks like JSON is read as YAML; NULL where it does not look like it */
	yaml_parser_t parser;
	bool parsing;           /* parser is in use */
	size_t document;
	size_t line;            /* of the last document's beginning */
	size_t lines_before;    /* what the parser was given */
	struct map anchors;
	size_t unfolded;
};

static void event_release(yaml_event_t *event)
{
	yaml_event_delete(event);
}

struct yamls *yamls_new(struct slice bytes)
{
	struct yamls *yamls = mem_alloc(sizeof *yamls);

	yamls->bytes = bytes;
	return yamls;
}

static void forget_anchors(struct yamls *yamls)
{
	size_t at = 0;
	const char *name;
	void *value;

	while (map_next(&yamls->anchors, &at, &name, &value)) {
		jv_free(((struct anchor *)value)->value);
		free(value);
	}
	map_release(&yamls->anchors);
	yamls->unfolded = 0;
}

void yamls_free(struct yamls *yamls)
{
	if (!yamls)
		return;
	if (yamls->parsing)
		yaml_parser_delete(&yamls->parser);
	forget_anchors(yamls);
	free(yamls->json_error);
	free(yamls);
}

void yamls_tell_duplicates(struct yamls *yamls, struct strs *told)
{
	yamls->told = told;
}

size_t yamls_document(const struct yamls *yamls)
{
	return yamls->document;
}

size_t yamls_line(const struct yamls *yamls)
{
	return yamls->line;
}

/* Something is wrong at a place. Go tells no place but for what it cannot parse. */
__attribute__((format(printf, 4, 5))) static int fail(
	const struct yamls *yamls, const yaml_mark_t *mark, struct err *err, const char *format, ...)
{
	scoped_free char *what = NULL;
	va_list args;

	va_start(args, format);
	what = mem_vprintf(format, args);
	va_end(args);
	if (yamls->go_words)
		return err_set(err, ERR_FAILED, NULL, "yaml: %s", what);
	return err_set(err, ERR_FAILED, NULL, "document %zu, line %zu, column %zu: %s", yamls->document,
		yamls->lines_before + mark->line + 1, mark->column + 1, what);
}

/* The parser gave up. Go counts lines from 0, and from 1 where it is the scanner that gave up. */
static int parser_failed(const struct yamls *yamls, struct err *err)
{
	const yaml_parser_t *parser = &yamls->parser;
	const char *problem = parser->problem ? parser->problem : "unknown problem parsing YAML content";
	const yaml_mark_t *mark = &parser->problem_mark;
	size_t line = mark->line + (parser->error == YAML_SCANNER_ERROR);

	if (yamls->json_error)
		return err_set(err, ERR_FAILED, NULL, "document %zu: %s", yamls->document, yamls->json_error);
	if (!mark->line) {
		line = parser->context_mark.line;
		if (line)
			mark = &parser->context_mark;
	}
	if (yamls->go_words && line)
		return err_set(err, ERR_FAILED, NULL, "yaml: line %zu: %s", line, problem);
	if (parser->error == YAML_READER_ERROR && !yamls->go_words)
		return err_set(err, ERR_FAILED, NULL, "document %zu, byte %zu: %s", yamls->document,
			yamls->json + parser->problem_offset, problem);
	return fail(yamls, mark, err, "%s", problem);
}

static int next_event(struct yamls *yamls, yaml_event_t *event, struct err *err)
{
	yaml_event_delete(event);
	if (yaml_parser_parse(&yamls->parser, event))
		return 0;
	return parser_failed(yamls, err);
}

/* Remembers what an anchor names; name may be NULL. Takes value. */
static void set_anchor(struct yamls *yamls, const yaml_char_t *name, jv value, size_t weight, bool open)
{
	struct anchor *anchor, *before;

	if (!name) {
		jv_free(value);
		return;
	}
	anchor = mem_alloc(sizeof *anchor);
	*anchor = (struct anchor){ value, weight, open };
	before = map_set(&yamls->anchors, (const char *)name, anchor);
	if (before)
		jv_free(before->value);
	free(before);
}

static int build_alias(struct yamls *yamls, const yaml_event_t *event, jv *value, size_t *weight, struct err *err)
{
	const char *name = (const char *)event->data.alias.anchor;
	const struct anchor *anchor = map_get(&yamls->anchors, name);

	if (!anchor)
		return fail(yamls, &event->start_mark, err, "unknown anchor '%s' referenced", name);
	if (anchor->open)
		return fail(yamls, &event->start_mark, err, "anchor '%s' value contains itself", name);
	yamls->unfolded += anchor->weight;
	if (yamls->unfolded > MAX_UNFOLDED)
		return fail(yamls, &event->start_mark, err, "document contains excessive aliasing");
	*value = jv_copy(anchor->value);
	*weight = anchor->weight;
	return 0;
}

static struct slice scalar_text(const yaml_event_t *event)
{
	return (struct slice){ (const char *)event->data.scalar.value, event->data.scalar.length };
}

/* What a tag lets a scalar be, by what it looks like. */
static const struct tagged {
	const char *tag;
	const char *name;
	enum scalar may_be[2];
} tags[] = {
	{ TAG "null", "!!null", { SCALAR_NULL, SCALAR_NULL } },
	{ TAG "bool", "!!bool", { SCALAR_TRUE, SCALAR_FALSE } },
	{ TAG "int", "!!int", { SCALAR_INT, SCALAR_INT } },
	{ TAG "float", "!!float", { SCALAR_FLOAT, SCALAR_INT } },
	{ TAG "timestamp", "!!timestamp", { SCALAR_TIME, SCALAR_TIME } },
};

static const char *const scalar_names[] = {
	[SCALAR_TEXT] = "!!str",
	[SCALAR_NULL] = "!!null",
	[SCALAR_TRUE] = "!!bool",
	[SCALAR_FALSE] = "!!bool",
	[SCALAR_INT] = "!!int",
	[SCALAR_FLOAT] = "!!float",
	[SCALAR_TIME] = "!!timestamp",
	[SCALAR_MERGE] = "!!merge",
};

/* What a scalar is by its style, its tag and its text; tags of one's own leave it text. */
static int classify(
	const struct yamls *yamls, const yaml_event_t *event, enum scalar *is, double *number, struct err *err)
{
	const char *tag = (const char *)event->data.scalar.tag;
	struct slice text = scalar_text(event);

	*is = SCALAR_TEXT;
	if (!tag) {
		if (event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE)
			*is = scalar_of(text, number);
		return 0;
	}
	if (strcmp(tag, TAG "binary") == 0)
		return fail(yamls, &event->start_mark, err, "!!binary is not taken: JSON has no bytes");
	for (size_t i = 0; i < sizeof tags / sizeof *tags; i++) {
		if (strcmp(tag, tags[i].tag) != 0)
			continue;
		*is = scalar_of(text, number);
		if (*is != tags[i].may_be[0] && *is != tags[i].may_be[1])
			return fail(yamls, &event->start_mark, err, "cannot decode %s `%.*s` as a %s",
				scalar_names[*is], (int)text.len, text.at, tags[i].name);
	}
	return 0;
}

static int build_scalar(struct yamls *yamls, const yaml_event_t *event, jv *value, struct err *err)
{
	struct slice text = scalar_text(event);
	double number = 0;
	enum scalar is;

	if (classify(yamls, event, &is, &number, err) < 0)
		return -1;
	switch (is) {
	case SCALAR_NULL:
		*value = jv_null();
		return 0;
	case SCALAR_TRUE:
	case SCALAR_FALSE:
		*value = jv_bool(is == SCALAR_TRUE);
		return 0;
	case SCALAR_INT:
	case SCALAR_FLOAT:
		if (!isfinite(number))
			return fail(yamls, &event->start_mark, err, "json: unsupported value: %.*s", (int)text.len,
				text.at);
		*value = jv_number(number);
		return 0;
	default:
		*value = jv_string_sized(text.at, (int)text.len);
		return 0;
	}
}

static int build(struct yamls *yamls, yaml_event_t *event, unsigned depth, jv *value, size_t *weight, struct err *err);

static int build_sequence(struct yamls *yamls, unsigned depth, jv *value, size_t *weight, struct err *err)
{
	scoped(jv) jv array = jv_array();

	while (true) {
		scoped(event) yaml_event_t event = { 0 };
		jv item = jv_null();
		size_t more;

		if (next_event(yamls, &event, err) < 0)
			return -1;
		if (event.type == YAML_SEQUENCE_END_EVENT)
			break;
		if (build(yamls, &event, depth, &item, &more, err) < 0)
			return -1;
		array = jv_array_append(array, item);
		*weight += more;
	}
	*value = jv_copy(array);
	return 0;
}

struct key {
	char *text;
	char *shown;            /* as Go shows it */
	bool merge;             /* << */
};

static void key_release(struct key *key)
{
	free(key->text);
	free(key->shown);
}

static int no_key(const struct yamls *yamls, const yaml_event_t *event, const char *what, struct err *err)
{
	return fail(
		yamls, &event->start_mark, err, "a key that is %s: only text, numbers and booleans can be one", what);
}

/* Keys that are numbers or booleans become their text. */
static int build_key(struct yamls *yamls, const yaml_event_t *event, struct key *key, struct err *err)
{
	scoped(jv) jv value = jv_null();
	scoped(buf) struct buf shown = { 0 };
	double number = 0;
	enum scalar is;
	size_t weight;

	if (event->type == YAML_ALIAS_EVENT) {
		if (build_alias(yamls, event, &value, &weight, err) < 0)
			return -1;
	} else if (event->type == YAML_SCALAR_EVENT) {
		if (classify(yamls, event, &is, &number, err) < 0 || build_scalar(yamls, event, &value, err) < 0)
			return -1;
		key->merge = is == SCALAR_MERGE;
		set_anchor(yamls, event->data.scalar.anchor, jv_copy(value), event->data.scalar.length, false);
	} else {
		return no_key(yamls, event, "a map or a list", err);
	}
	jvs_print(value, &shown);
	switch (jv_get_kind(value)) {
	case JV_KIND_STRING:
		key->text = mem_dup(jv_string_value(value));
		break;
	case JV_KIND_NUMBER:
	case JV_KIND_TRUE:
	case JV_KIND_FALSE:
		key->text = mem_dup(buf_text(&shown));
		break;
	default:
		return no_key(yamls, event, jvs_is(value, JV_KIND_NULL) ? "null" : "a map or a list", err);
	}
	key->shown = buf_steal(&shown);
	return 0;
}

static bool has(jv object, const char *key)
{
	return jv_object_has(jv_copy(object), jv_string(key));
}

/* Puts what is not yet in *into there: what came first counts. From a map or a list of maps. */
static int merge(const struct yamls *yamls, const yaml_event_t *event, jv from, jv *into, struct err *err)
{
	if (jvs_is(from, JV_KIND_ARRAY)) {
		for (int i = 0; i < jvs_len(from); i++) {
			scoped(jv) jv item = jvs_item(from, i);

			if (jvs_is(item, JV_KIND_ARRAY) || merge(yamls, event, item, into, err) < 0)
				return fail(yamls, &event->start_mark, err,
					"map merge requires map or sequence of maps as the value");
		}
		return 0;
	}
	if (!jvs_is(from, JV_KIND_OBJECT))
		return fail(yamls, &event->start_mark, err, "map merge requires map or sequence of maps as the value");
	jv_object_foreach(from, key, value) {
		if (has(*into, jv_string_value(key)))
			jv_free(value);
		else
			jvs_put(into, jv_string_value(key), value);
		jv_free(key);
	}
	return 0;
}

static int duplicate(const struct yamls *yamls, const yaml_event_t *value, const struct key *key, struct err *err)
{
	if (!yamls->told)
		return fail(yamls, &value->start_mark, err, "key %s already set in map", key->shown);
	strs_printf(yamls->told, "line %zu: key %s already set in map",
		yamls->lines_before + value->start_mark.line + 1, key->shown);
	return 0;
}

/* The next key and its value. 1, 0 at the map's end, -1. */
static int build_member(struct yamls *yamls, unsigned depth, jv *object, jv *merged, size_t *weight, struct err *err)
{
	scoped(event) yaml_event_t event = { 0 };
	scoped(key) struct key key = { 0 };
	scoped(jv) jv value = jv_null();
	size_t more;

	if (next_event(yamls, &event, err) < 0)
		return -1;
	if (event.type == YAML_MAPPING_END_EVENT)
		return 0;
	if (build_key(yamls, &event, &key, err) < 0 || next_event(yamls, &event, err) < 0 ||
		build(yamls, &event, depth, &value, &more, err) < 0)
		return -1;
	*weight += more + strlen(key.text);
	if (key.merge)
		return merge(yamls, &event, value, merged, err) < 0 ? -1 : 1;
	if (has(*object, key.text) && duplicate(yamls, &event, &key, err) < 0)
		return -1;
	jvs_put(object, key.text, jv_copy(value));
	return 1;
}

static int build_mapping(struct yamls *yamls, unsigned depth, jv *value, size_t *weight, struct err *err)
{
	scoped(jv) jv object = jv_object(), merged = jv_object();
	scoped(event) yaml_event_t nowhere = { 0 };
	int more;

	while ((more = build_member(yamls, depth, &object, &merged, weight, err)) > 0)
		;
	if (more < 0 || merge(yamls, &nowhere, merged, &object, err) < 0)
		return -1;
	*value = jv_copy(object);
	return 0;
}

/* The value that event begins, with its weight: the bytes that it is about as long as. */
static int build(struct yamls *yamls, yaml_event_t *event, unsigned depth, jv *value, size_t *weight, struct err *err)
{
	bool is_map = event->type == YAML_MAPPING_START_EVENT;
	const yaml_char_t *anchor;
	int done;

	*weight = 2;
	if (event->type == YAML_ALIAS_EVENT)
		return build_alias(yamls, event, value, weight, err);
	if (event->type == YAML_SCALAR_EVENT) {
		*weight += event->data.scalar.length;
		if (build_scalar(yamls, event, value, err) < 0)
			return -1;
		set_anchor(yamls, event->data.scalar.anchor, jv_copy(*value), *weight, false);
		return 0;
	}
	if (depth == YAML_MAX_DEPTH)
		return fail(yamls, &event->start_mark, err, "nested deeper than %d", YAML_MAX_DEPTH);
	anchor = is_map ? event->data.mapping_start.anchor : event->data.sequence_start.anchor;
	set_anchor(yamls, anchor, jv_null(), 0, true);
	done = (is_map ? build_mapping : build_sequence)(yamls, depth + 1, value, weight, err);
	if (done == 0)
		set_anchor(yamls, anchor, jv_copy(*value), *weight, false);
	return done;
}

/* Moves behind what was read as JSON. */
static void pass(struct yamls *yamls, size_t end)
{
	for (; yamls->json < end; yamls->json++)
		yamls->lines_before += yamls->bytes.at[yamls->json] == '\n';
}

static void start_parser(struct yamls *yamls)
{
	if (!yaml_parser_initialize(&yamls->parser))
		mem_exhausted();
	yaml_parser_set_encoding(&yamls->parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&yamls->parser, (const unsigned char *)yamls->bytes.at + yamls->json,
		yamls->bytes.len - yamls->json);
	yamls->parsing = true;
}

/* The object at begin, if it is JSON: libyaml does not read all of JSON, and takes much longer for it. False where it
 * is not, and then json_error says why. */
static bool parse_json(struct yamls *yamls, size_t begin, jv *value)
{
	struct slice rest = { yamls->bytes.at + begin, yamls->bytes.len - begin };
	scoped(err) struct err err = { 0 };
	struct nest nest;
	ssize_t eaten;
	bool done;

	nest_next(&nest);
	eaten = nest_eat(&nest, rest.at, rest.len, begin, &done, &err);
	if (eaten >= 0 && !done)
		err_set(&err, ERR_FAILED, NULL, "an object that is not closed");
	if (eaten < 0 || !done || jvs_parse((struct slice){ rest.at, (size_t)eaten }, value, &err) < 0) {
		yamls->json_error = mem_dup(err_text(&err));
		return false;
	}
	pass(yamls, begin);
	yamls->document++;
	yamls->line = yamls->lines_before + 1;
	pass(yamls, begin + (size_t)eaten);
	return true;
}

/* The next document of the parser's. 1, 0 at the end, -1; an empty one is null. */
static int next_document(struct yamls *yamls, jv *value, struct err *err)
{
	scoped(event) yaml_event_t event = { 0 };
	size_t weight;

	yamls->document++;
	do {
		if (next_event(yamls, &event, err) < 0)
			return -1;
		if (event.type == YAML_STREAM_END_EVENT) {
			yamls->document--;
			return 0;
		}
	} while (event.type != YAML_DOCUMENT_START_EVENT);
	yamls->line = yamls->lines_before + event.start_mark.line + 1;
	forget_anchors(yamls);
	if (next_event(yamls, &event, err) < 0 || build(yamls, &event, 0, value, &weight, err) < 0)
		return -1;
	if (next_event(yamls, &event, err) < 0) {        /* the document's end */
		jv_free(*value);
		*value = jv_null();
		return -1;
	}
	return 1;
}

int yamls_next(struct yamls *yamls, jv *value, struct err *err)
{
	size_t begin = yamls->json;
	int more = 1;

	*value = jv_null();
	if (yamls->ended)
		return 0;
	while (begin < yamls->bytes.len && nest_is_white(yamls->bytes.at[begin]))
		begin++;
	if (!yamls->parsing && !yamls->go_words && begin < yamls->bytes.len && yamls->bytes.at[begin] == '{' &&
		parse_json(yamls, begin, value))
		return 1;
	if (!yamls->parsing)
		start_parser(yamls);
	while (more > 0 && jvs_is(*value, JV_KIND_NULL)) {
		more = next_document(yamls, value, err);
		free(yamls->json_error);
		yamls->json_error = NULL;
	}
	yamls->ended = more <= 0;
	return more;
}

int yamls_parse(struct slice bytes, jv *value, struct strs *told, struct err *err)
{
	scoped_ptr(yamls) struct yamls *yamls = yamls_new(bytes);

	yamls->go_words = true;
	yamls->told = told;
	return yamls_next(yamls, value, err) < 0 ? -1 : 0;
}
