#include "formats/jsonpath.h"

#include <ctype.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "formats/jvs.h"

/* Filters nest, and so do the calls that read them. */
#define TEXT_MAX 4096

enum step_kind { STEP_KEY, STEP_ALL, STEP_SLICE, STEP_DEEP, STEP_FILTER };

enum operator { OP_EXISTS, OP_EQUAL, OP_NOT_EQUAL, OP_LESS, OP_LESS_EQUAL, OP_MORE, OP_MORE_EQUAL };

struct step {
	enum step_kind kind;
	char *key;                      /* STEP_KEY */
	int from, to;                   /* STEP_SLICE; INT_MAX: to the end */
	bool single;                    /* STEP_SLICE: [N], not [N:] */
	struct jsonpath *left;          /* STEP_FILTER: below @ */
	enum operator op;
	jv right;
};

struct jsonpath {
	struct step *steps;
	size_t len;
};

/* Where the reader is. */
struct reader {
	const char *at, *end;
};

static bool peeks(const struct reader *in, const char *text)
{
	size_t len = strlen(text);

	return (size_t)(in->end - in->at) >= len && memcmp(in->at, text, len) == 0;
}

static bool takes(struct reader *in, const char *text)
{
	if (!peeks(in, text))
		return false;
	in->at += strlen(text);
	return true;
}

static void skip_blanks(struct reader *in)
{
	while (in->at < in->end && *in->at == ' ')
		in->at++;
}

static struct step *add_step(struct jsonpath *path, enum step_kind kind)
{
	path->steps = mem_grow(path->steps, path->len + 1, sizeof *path->steps);
	path->steps[path->len] = (struct step){ .kind = kind, .right = jv_null() };
	return &path->steps[path->len++];
}

/* Up to what ends a name; a backslash takes the next character as it is. The caller frees; NULL: there is none. */
static char *read_name(struct reader *in)
{
	struct buf name = { 0 };

	while (in->at < in->end && !strchr(".[]{}()!=<>, ", *in->at)) {
		if (*in->at == '\\' && in->at + 1 < in->end)
			in->at++;
		buf_add_char(&name, *in->at++);
	}
	if (name.len)
		return buf_steal(&name);
	buf_release(&name);
	return NULL;
}

/* 'text' or "text"; NULL where it does not end. */
static char *read_quoted(struct reader *in)
{
	char quote = *in->at++;
	struct buf text = { 0 };

	while (in->at < in->end && *in->at != quote) {
		if (*in->at == '\\' && in->at + 1 < in->end)
			in->at++;
		buf_add_char(&text, *in->at++);
	}
	if (in->at < in->end) {
		in->at++;
		return buf_steal(&text);
	}
	buf_release(&text);
	return NULL;
}

static bool read_number(struct reader *in, int *number)
{
	bool minus = takes(in, "-");
	long value = 0;
	const char *begin = in->at;

	for (; in->at < in->end && isdigit((unsigned char)*in->at); in->at++)
		if (value < INT_MAX / 10 - 10)
			value = value * 10 + (*in->at - '0');
	*number = (int)(minus ? -value : value);
	return in->at > begin;
}

static bool read_steps(struct jsonpath *path, struct reader *in);

static bool read_operator(struct reader *in, enum operator *op)
{
	static const struct {
		const char *text;
		enum operator op;
	} operators[] = { { "==", OP_EQUAL }, { "!=", OP_NOT_EQUAL }, { "<=", OP_LESS_EQUAL }, { ">=", OP_MORE_EQUAL },
		{ "<", OP_LESS }, { ">", OP_MORE } };

	for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
		if (takes(in, operators[i].text)) {
			*op = operators[i].op;
			return true;
		}
	return false;
}

/* The right side of a comparison: a quoted text, or a word that is JSON (5, true). */
static bool read_value(struct reader *in, jv *value)
{
	scoped_free char *text = NULL;

	if (in->at < in->end && (*in->at == '"' || *in->at == '\'')) {
		text = read_quoted(in);
		*value = text ? jv_string(text) : jv_null();
		return text != NULL;
	}
	text = read_name(in);
	return text && jvs_parse(slice_of(text), value, NULL) == 0;
}

/* Behind "[?(", up to and with ")]". */
static bool read_filter(struct jsonpath *path, struct reader *in)
{
	struct step *step = add_step(path, STEP_FILTER);

	step->left = mem_alloc(sizeof *step->left);
	skip_blanks(in);
	if (!takes(in, "@") || !read_steps(step->left, in))
		return false;
	skip_blanks(in);
	if (read_operator(in, &step->op)) {
		skip_blanks(in);
		if (!read_value(in, &step->right))
			return false;
		skip_blanks(in);
	}
	return takes(in, ")]");
}

/* Behind "[": N], FROM:TO], 'key'], *], ?(…)]. */
static bool read_bracket(struct jsonpath *path, struct reader *in)
{
	struct step *step;

	if (takes(in, "?("))
		return read_filter(path, in);
	if (takes(in, "*]")) {
		add_step(path, STEP_ALL);
		return true;
	}
	if (in->at < in->end && (*in->at == '\'' || *in->at == '"')) {
		char *key = read_quoted(in);

		if (!key)
			return false;
		add_step(path, STEP_KEY)->key = key;
		return takes(in, "]");
	}
	step = add_step(path, STEP_SLICE);
	step->to = INT_MAX;
	step->single = read_number(in, &step->from);
	if (takes(in, ":")) {
		step->single = false;
		if (!read_number(in, &step->to))
			step->to = INT_MAX;
	} else if (!step->single) {
		return false;
	}
	return takes(in, "]");
}

static bool read_key(struct jsonpath *path, struct reader *in)
{
	char *name;

	if (takes(in, "*")) {
		add_step(path, STEP_ALL);
		return true;
	}
	name = read_name(in);
	if (name)
		add_step(path, STEP_KEY)->key = name;
	return name != NULL;
}

/* As many steps as follow each other. */
static bool read_steps(struct jsonpath *path, struct reader *in)
{
	while (in->at < in->end && (*in->at == '.' || *in->at == '[')) {
		if (takes(in, "[")) {
			if (!read_bracket(path, in))
				return false;
		} else if (takes(in, "..")) {
			add_step(path, STEP_DEEP);
			if (!peeks(in, "[") && !read_key(path, in))
				return false;
		} else {
			in->at++;
			if (!peeks(in, "[") && in->at < in->end && !read_key(path, in))
				return false;
		}
	}
	return true;
}

int jsonpath_parse(struct slice text, struct jsonpath **path, struct err *err)
{
	struct reader in = { text.at, text.at + text.len };
	struct jsonpath *made = mem_alloc(sizeof *made);
	bool braces = takes(&in, "{"), good;

	takes(&in, "$");
	good = in.at < in.end && text.len <= TEXT_MAX;
	if (good && *in.at != '.' && *in.at != '[' && *in.at != '}')
		good = read_key(made, &in);
	good = good && read_steps(made, &in) && (!braces || takes(&in, "}")) && in.at == in.end;
	if (!good) {
		jsonpath_free(made);
		return err_set(err, ERR_USAGE, NULL, "\"%.*s\" is no path such as .metadata.name", (int)text.len,
			text.at ? text.at : "");
	}
	*path = made;
	return 0;
}

void jsonpath_free(struct jsonpath *path)
{
	if (!path)
		return;
	for (size_t i = 0; i < path->len; i++) {
		free(path->steps[i].key);
		jsonpath_free(path->steps[i].left);
		jv_free(path->steps[i].right);
	}
	free(path->steps);
	free(path);
}

/* Everything in value, one level down. */
static jv children(jv value)
{
	jv all;

	if (jvs_is(value, JV_KIND_ARRAY))
		return jv_copy(value);
	all = jv_array();
	if (!jvs_is(value, JV_KIND_OBJECT))
		return all;
	for (int i = jv_object_iter(value); jv_object_iter_valid(value, i); i = jv_object_iter_next(value, i))
		all = jv_array_append(all, jv_object_iter_value(value, i));
	return all;
}

/* value and everything below it, outermost first. */
static jv descendants(jv all, jv value)
{
	scoped(jv) jv below = children(value);

	all = jv_array_append(all, jv_copy(value));
	for (int i = 0; i < jvs_len(below); i++) {
		scoped(jv) jv child = jvs_item(below, i);

		all = descendants(all, child);
	}
	return all;
}

static jv slice_of_array(const struct step *step, jv value, jv found)
{
	int len = jvs_len(value), from = step->from < 0 ? step->from + len : step->from;
	int to = step->to < 0 ? step->to + len : step->to;

	if (step->single)
		to = from + 1;
	for (int i = from < 0 ? (step->single ? len : 0) : from; i < to && i < len; i++)
		found = jv_array_append(found, jvs_item(value, i));
	return found;
}

static bool compares(const struct step *step, jv left)
{
	int order = jv_cmp(jv_copy(left), jv_copy(step->right));
	bool alike = jv_get_kind(left) == jv_get_kind(step->right);

	switch (step->op) {
	case OP_EXISTS:
		return true;
	case OP_EQUAL:
		return order == 0;
	case OP_NOT_EQUAL:
		return order != 0;
	case OP_LESS:
		return alike && order < 0;
	case OP_LESS_EQUAL:
		return alike && order <= 0;
	case OP_MORE:
		return alike && order > 0;
	case OP_MORE_EQUAL:
		return alike && order >= 0;
	}
	return false;
}

static jv matching(const struct step *step, jv value, jv found)
{
	for (int i = 0; i < jvs_len(value); i++) {
		scoped(jv) jv item = jvs_item(value, i), left = jsonpath_find(step->left, item);
		scoped(jv) jv first = jvs_len(left) ? jvs_item(left, 0) : jv_null();

		if (jvs_len(left) && compares(step, first))
			found = jv_array_append(found, jv_copy(item));
	}
	return found;
}

static jv step_into(const struct step *step, jv value, jv found)
{
	switch (step->kind) {
	case STEP_KEY:
		if (jvs_is(value, JV_KIND_OBJECT) && jv_object_has(jv_copy(value), jv_string(step->key)))
			found = jv_array_append(found, jvs_at(value, step->key));
		return found;
	case STEP_ALL:
		return jv_array_concat(found, children(value));
	case STEP_DEEP:
		return descendants(found, value);
	case STEP_SLICE:
		return slice_of_array(step, value, found);
	case STEP_FILTER:
		return matching(step, value, found);
	}
	return found;
}

jv jsonpath_find(const struct jsonpath *path, jv value)
{
	jv found = jv_array_append(jv_array(), jv_copy(value));

	for (size_t i = 0; i < path->len; i++) {
		jv next = jv_array();

		for (int j = 0; j < jvs_len(found); j++) {
			scoped(jv) jv item = jvs_item(found, j);

			next = step_into(&path->steps[i], item, next);
		}
		jv_free(found);
		found = next;
	}
	return found;
}

void jsonpath_print(jv found, struct buf *to)
{
	if (jvs_is(found, JV_KIND_STRING))
		buf_add_text(to, jvs_text(found));
	else if (jvs_is(found, JV_KIND_NULL))
		buf_add_text(to, "<nil>");
	else
		jvs_print(found, to);
}
