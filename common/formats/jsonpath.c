#include "formats/jsonpath.h"

#include <ctype.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/strs.h"
#include "formats/jvs.h"

#define MAX_INDEX 1000000000

enum kind {
	FIELD,
	ALL,            /* every item, every member's value */
	RANGE,
	DEEP,           /* the value and all that is in it, at any depth */
	UNION,          /* what each of several paths finds */
	FILTER,         /* the items for which a comparison holds */
};

enum comparison {
	EXISTS,
	EQUAL,
	NOT_EQUAL,
	LESS,
	LESS_EQUAL,
	GREATER,
	GREATER_EQUAL,
};

struct bound {
	bool known;
	int at;
};

struct step {
	enum kind kind;
	char *field;
	struct bound from, to, by;              /* to is behind the last; negative ones count from the end */
	struct jsonpath *paths;                 /* of a union; of a filter: its two sides */
	size_t path_count;
	enum comparison comparison;
};

/* Steps one after the other; as a side of a comparison it may be a value instead. */
struct jsonpath {
	struct step *steps;
	size_t len;
	jv literal;             /* invalid (which zero is): there is none */
};

struct parser {
	const char *at, *end;
};

static void release(struct jsonpath *path)
{
	for (size_t i = 0; i < path->len; i++) {
		struct step *step = &path->steps[i];

		for (size_t p = 0; p < step->path_count; p++)
			release(&step->paths[p]);
		free(step->paths);
		free(step->field);
	}
	free(path->steps);
	jv_free(path->literal);
}

void jsonpath_free(struct jsonpath *path)
{
	if (path)
		release(path);
	free(path);
}

static struct step *add_step(struct jsonpath *path, enum kind kind)
{
	path->steps = mem_grow(path->steps, path->len + 1, sizeof *path->steps);
	path->steps[path->len] = (struct step){ .kind = kind };
	return &path->steps[path->len++];
}

static struct jsonpath *add_path(struct step *step)
{
	step->paths = mem_grow(step->paths, step->path_count + 1, sizeof *step->paths);
	step->paths[step->path_count] = (struct jsonpath){ .literal = jv_invalid() };
	return &step->paths[step->path_count++];
}

static int parse_steps(struct jsonpath *path, struct slice text, struct err *err);

/* Up to the next of the marks that no backslash stands before; backslashes are taken out. */
static void parse_field(struct jsonpath *path, struct parser *parser)
{
	scoped(buf) struct buf name = { 0 };

	for (; parser->at < parser->end && !strchr(" \t.,[]$@{}", *parser->at); parser->at++) {
		if (*parser->at == '\\' && parser->at + 1 < parser->end)
			parser->at++;
		buf_add_char(&name, *parser->at);
	}
	if (name.len == 1 && *name.at == '*')
		add_step(path, ALL);
	else if (name.len)
		add_step(path, FIELD)->field = buf_steal(&name);
}

/* Behind what begins at from: the first of the marks outside quotes and brackets, or end. */
static const char *find_outside(const char *from, const char *end, const char *marks)
{
	int depth = 0;
	char quote = '\0';

	for (; from < end; from++) {
		if (quote) {
			if (*from == '\\' && from + 1 < end)
				from++;
			else if (*from == quote)
				quote = '\0';
		} else if (!depth && strchr(marks, *from)) {
			break;
		} else if (*from == '\'' || *from == '"') {
			quote = *from;
		} else if (*from == '[' || *from == '(') {
			depth++;
		} else if (*from == ']' || *from == ')') {
			depth--;
		}
	}
	return from;
}

static struct slice trim(const char *at, const char *end)
{
	while (at < end && *at == ' ')
		at++;
	while (end > at && end[-1] == ' ')
		end--;
	return (struct slice){ at, (size_t)(end - at) };
}

static bool is_quoted(struct slice text)
{
	return text.len > 1 && (*text.at == '\'' || *text.at == '"') && text.at[text.len - 1] == *text.at;
}

/* What is between the quotes, backslashes taken out. */
static char *unquote(struct slice text)
{
	struct buf plain = { 0 };

	for (size_t i = 1; i + 1 < text.len; i++) {
		if (text.at[i] == '\\' && i + 2 < text.len)
			i++;
		buf_add_char(&plain, text.at[i]);
	}
	return buf_steal(&plain);
}

/* A number, or nothing; then a colon, if there is one. False where it is neither. */
static bool parse_bound(const char **at, struct bound *bound)
{
	char *end;
	long number = strtol(*at, &end, 10);

	bound->known = end > *at;
	bound->at = number > MAX_INDEX ? MAX_INDEX : number < -MAX_INDEX ? -MAX_INDEX : (int)number;
	*at = end;
	return !**at || **at == ':';
}

/* [1], [-1], [1:3], [:3], [::2] */
static int parse_range(struct jsonpath *path, struct slice text, struct err *err)
{
	struct bound bounds[3] = { 0 };
	scoped_free char *copy = slice_dup(text);
	const char *at = copy;
	struct step *step;
	size_t count = 0;

	while (count < 3 && !isspace((unsigned char)*at) && *at != '+' && parse_bound(&at, &bounds[count])) {
		count++;
		if (!*at)
			break;
		at++;
	}
	if (!count || *at || (count == 1 && !bounds[0].known) || at[-1] == '+')
		return err_set(err, ERR_USAGE, NULL, "invalid array index %s", copy);
	if (bounds[2].known && bounds[2].at <= 0)
		return err_set(err, ERR_USAGE, NULL, "step must be > 0");
	step = add_step(path, RANGE);
	step->from = bounds[0];
	step->to = bounds[1];
	step->by = bounds[2];
	if (count == 1)
		step->to = (struct bound){ bounds[0].at != -1, bounds[0].at + 1 };
	return 0;
}

static int parse_index(struct jsonpath *path, struct slice text, struct err *err)
{
	if (slice_is(text, "*"))
		add_step(path, ALL);
	else if (is_quoted(text))
		add_step(path, FIELD)->field = unquote(text);
	else
		return parse_range(path, text, err);
	return 0;
}

/* A side of a comparison: a path from @ (or $, the same here), or a value. */
static int parse_side(struct jsonpath *side, struct slice text, struct err *err)
{
	if (text.len && strchr("@$.", *text.at))
		return parse_steps(side, text, err);
	if (is_quoted(text)) {
		scoped_free char *plain = unquote(text);

		side->literal = jv_string(plain);
		return 0;
	}
	if (jvs_parse(text, &side->literal, NULL) < 0 || !jv_is_valid(side->literal)) {
		side->literal = jv_invalid();
		return err_set(err, ERR_USAGE, NULL, "unrecognized value %.*s", (int)text.len, text.at);
	}
	return 0;
}

static bool parse_comparison(const char *at, size_t len, enum comparison *comparison)
{
	static const struct {
		const char *text;
		enum comparison is;
	} comparisons[] = {
		{ "==", EQUAL },
		{ "!=", NOT_EQUAL },
		{ "<=", LESS_EQUAL },
		{ ">=", GREATER_EQUAL },
		{ "<", LESS },
		{ ">", GREATER },
	};

	for (size_t i = 0; i < sizeof comparisons / sizeof *comparisons; i++)
		if (slice_is((struct slice){ at, len }, comparisons[i].text)) {
			*comparison = comparisons[i].is;
			return true;
		}
	return false;
}

/* What is between [?( and )]. */
static int parse_filter(struct jsonpath *path, struct slice text, struct err *err)
{
	const char *end = text.at + text.len, *mark = find_outside(text.at, end, "=!<>"), *right = mark;
	size_t at = path->len;

	add_step(path, FILTER);
	if (parse_side(add_path(&path->steps[at]), trim(text.at, mark), err) < 0)
		return -1;
	if (mark == end)
		return 0;
	while (right < end && strchr("=!<>", *right))
		right++;
	if (!parse_comparison(mark, (size_t)(right - mark), &path->steps[at].comparison))
		return err_set(err, ERR_USAGE, NULL, "unrecognized filter operator %.*s", (int)(right - mark), mark);
	return parse_side(add_path(&path->steps[at]), trim(right, end), err);
}

/* What is between [ and its ]. */
static int parse_brackets(struct jsonpath *path, struct slice text, struct err *err)
{
	const char *at = text.at, *end = at + text.len, *comma = find_outside(at, end, ",");
	size_t step = path->len;

	if (text.len > 2 && strncmp(at, "?(", 2) == 0 && end[-1] == ')')
		return parse_filter(path, (struct slice){ at + 2, text.len - 3 }, err);
	if (comma == end)
		return parse_index(path, trim(at, end), err);
	add_step(path, UNION);
	while (at <= end) {
		if (parse_index(add_path(&path->steps[step]), trim(at, comma), err) < 0)
			return -1;
		at = comma + 1;
		if (at <= end)
			comma = find_outside(at, end, ",");
	}
	return 0;
}

static int parse_steps(struct jsonpath *path, struct slice text, struct err *err)
{
	struct parser parser = { text.at, text.at + text.len };
	struct slice inside;

	while (parser.at < parser.end) {
		char c = *parser.at;

		if (c == '[') {
			const char *close = find_outside(parser.at + 1, parser.end, "]");

			if (close == parser.end)
				return err_set(err, ERR_USAGE, NULL, "unterminated array");
			inside = (struct slice){ parser.at + 1, (size_t)(close - parser.at) - 1 };
			if (parse_brackets(path, inside, err) < 0)
				return -1;
			parser.at = close + 1;
		} else if (c == '.' && parser.at + 1 < parser.end && parser.at[1] == '.') {
			if (path->len && path->steps[path->len - 1].kind == DEEP)
				return err_set(err, ERR_USAGE, NULL, "invalid multiple recursive descent");
			add_step(path, DEEP);
			parser.at += 2;
			parse_field(path, &parser);
		} else if (c == '@' || c == '$' || c == ' ') {
			parser.at++;
		} else if (c == '.' || parser.at == text.at) {
			parser.at += c == '.';
			parse_field(path, &parser);
			if (parser.at == text.at)
				return err_set(err, ERR_USAGE, NULL, "unrecognized character '%c'", c);
		} else {
			return err_set(err, ERR_USAGE, NULL, "unrecognized character '%c'", c);
		}
	}
	return 0;
}

int jsonpath_parse(struct slice text, struct jsonpath **path, struct err *err)
{
	scoped_ptr(jsonpath) struct jsonpath *made = mem_alloc(sizeof *made);
	struct slice inside = text;

	*path = NULL;
	made->literal = jv_invalid();
	if (text.len > 1 && *text.at == '{' && text.at[text.len - 1] == '}')
		inside = (struct slice){ text.at + 1, text.len - 2 };
	if (!inside.len || memchr(inside.at, '{', inside.len) || memchr(inside.at, '}', inside.len))
		return err_set(err, ERR_USAGE, NULL, "\"%.*s\" is no path: expected 'name1.name2', '.name1.name2', "
			"'{name1.name2}' or '{.name1.name2}'", (int)text.len, text.at);
	if (parse_steps(made, inside, err) < 0)
		return err_wrap(err, "\"%.*s\" is no path", (int)text.len, text.at);
	*path = steal(made);
	return 0;
}

/* Adds the items of an array, or the values of an object by their keys. */
static void add_children(jv value, jv *found)
{
	scoped(jv) jv keys = jvs_is(value, JV_KIND_OBJECT) ? jv_keys(jv_copy(value)) : jv_array();

	for (int i = 0; i < jvs_len(value); i++)
		*found = jv_array_append(*found, jvs_item(value, i));
	for (int i = 0; i < jvs_len(keys); i++)
		*found = jv_array_append(*found, jv_object_get(jv_copy(value), jvs_item(keys, i)));
}

/* Adds the value and what is in it, at any depth, that has something in it. */
static void add_deep(jv value, jv *found)
{
	scoped(jv) jv children = jv_array();

	add_children(value, &children);
	if (!jvs_len(children))
		return;
	*found = jv_array_append(*found, jv_copy(value));
	for (int i = 0; i < jvs_len(children); i++) {
		scoped(jv) jv child = jvs_item(children, i);

		add_deep(child, found);
	}
}

static int place(const struct bound *bound, int otherwise, int len)
{
	int at = bound->known ? bound->at : otherwise;

	if (at < 0)
		at += len;
	return at < 0 ? 0 : at > len ? len : at;
}

static void add_range(const struct step *step, jv array, jv *found)
{
	int len = jvs_len(array), by = step->by.known ? step->by.at : 1, to = place(&step->to, len, len);

	if (step->from.known && step->from.at < -len)
		return;
	for (int i = place(&step->from, 0, len); i < to; i += by)
		*found = jv_array_append(*found, jvs_item(array, i));
}

static void add_field(const struct step *step, jv object, jv *found)
{
	if (jvs_is(object, JV_KIND_OBJECT) && jv_object_has(jv_copy(object), jv_string(step->field)))
		*found = jv_array_append(*found, jvs_at(object, step->field));
}

/* What a side of a comparison is for an item, owned; invalid where it is not exactly one value. */
static jv side_of(const struct jsonpath *side, jv item)
{
	scoped(jv) jv found = jv_null();

	if (jv_is_valid(side->literal))
		return jv_copy(side->literal);
	found = jsonpath_find(side, item);
	return jvs_len(found) == 1 ? jvs_item(found, 0) : jv_invalid();
}

/* Values of two kinds are only ever not equal. */
static bool compares(enum comparison comparison, jv left, jv right)
{
	bool comparable = jv_get_kind(left) == jv_get_kind(right);
	int order = jv_cmp(jv_copy(left), jv_copy(right));

	switch (comparison) {
	case EQUAL:
		return order == 0;
	case NOT_EQUAL:
		return order != 0;
	case LESS:
		return comparable && order < 0;
	case LESS_EQUAL:
		return comparable && order <= 0;
	case GREATER:
		return comparable && order > 0;
	case GREATER_EQUAL:
		return comparable && order >= 0;
	default:
		return true;
	}
}

static bool passes(const struct step *step, jv item)
{
	scoped(jv) jv left = jv_null(), right = jv_null();

	if (step->path_count == 1) {
		left = jsonpath_find(&step->paths[0], item);
		return jvs_len(left) > 0;
	}
	left = side_of(&step->paths[0], item);
	right = side_of(&step->paths[1], item);
	return jv_is_valid(left) && jv_is_valid(right) && compares(step->comparison, left, right);
}

static void add_filtered(const struct step *step, jv array, jv *found)
{
	for (int i = 0; i < jvs_len(array); i++) {
		scoped(jv) jv item = jvs_item(array, i);

		if (passes(step, item))
			*found = jv_array_append(*found, jv_copy(item));
	}
}

static void add_found(const struct step *step, jv value, jv *found)
{
	switch (step->kind) {
	case FIELD:
		add_field(step, value, found);
		break;
	case ALL:
		add_children(value, found);
		break;
	case RANGE:
		add_range(step, value, found);
		break;
	case DEEP:
		add_deep(value, found);
		break;
	case FILTER:
		add_filtered(step, value, found);
		break;
	case UNION:
		break;
	}
}

static jv walk(const struct jsonpath *path, jv values);

/* What one step finds in each of the values, in their order; a union's paths are walked one after the other. */
static jv take_step(const struct step *step, jv values)
{
	jv found = jv_array();

	for (size_t i = 0; step->kind == UNION && i < step->path_count; i++)
		found = jv_array_concat(found, walk(&step->paths[i], values));
	for (int i = 0; i < jvs_len(values); i++) {
		scoped(jv) jv value = jvs_item(values, i);

		add_found(step, value, &found);
	}
	return found;
}

static jv walk(const struct jsonpath *path, jv values)
{
	jv found = jv_copy(values);

	for (size_t i = 0; i < path->len; i++) {
		jv next = take_step(&path->steps[i], found);

		jv_free(found);
		found = next;
	}
	return found;
}

jv jsonpath_find(const struct jsonpath *path, jv value)
{
	scoped(jv) jv values = JV_ARRAY(jv_copy(value));

	return walk(path, values);
}

static void print_list(jv items, jv keys, struct buf *to)
{
	for (int i = 0; i < jvs_len(items); i++) {
		scoped(jv) jv item = jvs_item(items, i), key = jvs_item(keys, i);

		if (i)
			buf_add_char(to, ' ');
		if (jvs_is(key, JV_KIND_STRING))
			buf_printf(to, "%s:", jv_string_value(key));
		jsonpath_print(item, to);
	}
	buf_add_char(to, ']');
}

void jsonpath_print(jv found, struct buf *to)
{
	scoped(jv) jv keys = jv_null(), items = jv_array();

	switch (jv_get_kind(found)) {
	case JV_KIND_STRING:
		buf_add_text(to, jv_string_value(found));
		break;
	case JV_KIND_ARRAY:
		buf_add_char(to, '[');
		print_list(found, keys, to);
		break;
	case JV_KIND_OBJECT:
		keys = jv_keys(jv_copy(found));
		add_children(found, &items);
		buf_add_text(to, "map[");
		print_list(items, keys, to);
		break;
	case JV_KIND_NULL:
		buf_add_text(to, "<nil>");
		break;
	default:
		jvs_print(found, to);
	}
}
