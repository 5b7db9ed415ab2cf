#include "formats/selector.h"

#include "base/err.h"
#include "base/mem.h"
#include "base/strs.h"
#include "formats/jvs.h"
#include "formats/labelparse.h"
#include "formats/requirement.h"

struct selector {
	struct requirement *at;
	size_t len;
	bool nothing;           /* matches no object at all */
	bool fields;            /* a field that is not there is "", and values are escaped in the text */
};

void selector_free(struct selector *selector)
{
	if (!selector)
		return;
	for (size_t i = 0; i < selector->len; i++)
		requirement_release(&selector->at[i]);
	free(selector->at);
	free(selector);
}

/* Takes what requirement holds. Labels are sorted by key, the earlier first among equals. */
static void add(void *arg, struct requirement *requirement)
{
	struct selector *selector = arg;
	size_t i = selector->len;

	selector->at = mem_grow(selector->at, selector->len + 1, sizeof *selector->at);
	for (; !selector->fields && i && strcmp(selector->at[i - 1].key, requirement->key) > 0; i--)
		selector->at[i] = selector->at[i - 1];
	selector->at[i] = *requirement;
	selector->len++;
	*requirement = (struct requirement){ 0 };
}

/* What selects everything is given as NULL. */
static int give(struct selector *made, struct selector **selector)
{
	if (made->len || made->nothing)
		*selector = made;
	else
		selector_free(made);
	return 0;
}

int selector_parse_labels(const char *text, struct selector **selector, struct err *err)
{
	scoped_ptr(selector) struct selector *made = mem_alloc(sizeof *made);

	*selector = NULL;
	if (labelparse(text, add, made, err) < 0)
		return -1;
	return give(steal(made), selector);
}

/* Undoes \\ \, and \= of a field's value. */
static int unescape(const char *text, struct strs *values, struct err *err)
{
	scoped(buf) struct buf value = { 0 };

	for (; *text; text++) {
		if (*text == '\\') {
			text++;
			if (!*text || !strchr("\\,=", *text))
				return err_set(err, ERR_USAGE, NULL,
					"invalid field selector: invalid escape sequence: \\%.1s", text);
		} else if (*text == '=') {
			/* Upstream prints the character as its number. */
			return err_set(err, ERR_USAGE, NULL, "invalid field selector: unescaped character in value: %d",
				*text);
		}
		buf_add_char(&value, *text);
	}
	strs_take(values, buf_steal(&value));
	return 0;
}

static int parse_field(const char *whole, const char *part, struct selector *selector, struct err *err)
{
	const char *mark = part + strcspn(part, "=!");
	scoped(requirement) struct requirement requirement = { 0 };
	size_t len = 1;

	while (*mark == '!' && mark[1] != '=')
		mark += 1 + strcspn(mark + 1, "=!");
	if (!*mark)
		return err_set(err, ERR_USAGE, NULL, "invalid selector: '%s'; can't understand '%s'", whole, part);
	requirement.op = *mark == '!' ? OP_NOT_EQUALS : OP_EQUALS;
	if (*mark == '!' || mark[1] == '=')
		len = 2;
	requirement.key = mem_dup_n(part, (size_t)(mark - part));
	if (unescape(mark + len, &requirement.values, err) < 0)
		return -1;
	add(selector, &requirement);
	return 0;
}

/* The parts between commas that no backslash stands before; empty ones are left out. */
static void split_fields(const char *text, struct strs *parts)
{
	while (*text) {
		const char *end = text;

		while (*end && *end != ',')
			end += *end == '\\' && end[1] ? 2 : 1;
		if (end > text)
			strs_take(parts, mem_dup_n(text, (size_t)(end - text)));
		text = *end ? end + 1 : end;
	}
}

int selector_parse_fields(const char *text, struct selector **selector, struct err *err)
{
	scoped_ptr(selector) struct selector *made = mem_alloc(sizeof *made);
	scoped(strs) struct strs parts = { 0 };

	*selector = NULL;
	made->fields = true;
	split_fields(text, &parts);
	strs_sort(&parts);
	for (size_t i = 0; i < parts.len; i++)
		if (parse_field(text, parts.at[i], made, err) < 0)
			return -1;
	return give(steal(made), selector);
}

static int add_expression(struct selector *selector, jv expression, struct err *err)
{
	static const struct {
		const char *name;
		enum operator op;
	} operators[] = {
		{ "In", OP_IN },
		{ "NotIn", OP_NOT_IN },
		{ "Exists", OP_EXISTS },
		{ "DoesNotExist", OP_NOT_EXISTS },
	};
	scoped(jv) jv name = jvs_at(expression, "operator"), values = jvs_at(expression, "values");
	scoped(requirement) struct requirement requirement = { .key = jvs_get_text(expression, "key") };
	size_t i = 0, count = sizeof operators / sizeof *operators;

	while (i < count && strcmp(operators[i].name, jvs_text(name)) != 0)
		i++;
	if (i == count)
		return err_set(err, ERR_USAGE, NULL, "\"%s\" is not a valid label selector operator", jvs_text(name));
	requirement.op = operators[i].op;
	if (!requirement.key)
		requirement.key = mem_dup("");
	for (int v = 0; v < jvs_len(values); v++) {
		scoped(jv) jv value = jvs_item(values, v);

		strs_add(&requirement.values, jvs_text(value));
	}
	if (requirement_check(&requirement, err) < 0)
		return -1;
	add(selector, &requirement);
	return 0;
}

static int add_label(struct selector *selector, jv key, jv value, struct err *err)
{
	scoped(requirement) struct requirement requirement = { .key = mem_dup(jvs_text(key)), .op = OP_EQUALS };

	strs_add(&requirement.values, jvs_text(value));
	if (requirement_check(&requirement, err) < 0)
		return -1;
	add(selector, &requirement);
	return 0;
}

int selector_from_object(jv label_selector, struct selector **selector, struct err *err)
{
	scoped_ptr(selector) struct selector *made = mem_alloc(sizeof *made);
	scoped(jv) jv labels = jvs_at(label_selector, "matchLabels");
	scoped(jv) jv expressions = jvs_at(label_selector, "matchExpressions");

	*selector = NULL;
	made->nothing = !jvs_is(label_selector, JV_KIND_OBJECT);
	if (jvs_is(labels, JV_KIND_OBJECT))
		jv_object_foreach(labels, key, value) {
			scoped(jv) jv name = key, text = value;

			if (add_label(made, name, text, err) < 0)
				return -1;
		}
	for (int i = 0; i < jvs_len(expressions); i++) {
		scoped(jv) jv expression = jvs_item(expressions, i);

		if (add_expression(made, expression, err) < 0)
			return -1;
	}
	return give(steal(made), selector);
}

bool selector_matches_with(const struct selector *selector, const char *(*get)(void *arg, const char *key), void *arg)
{
	if (!selector)
		return true;
	for (size_t i = 0; i < selector->len; i++) {
		const char *value = get(arg, selector->at[i].key);

		if (!requirement_matches(&selector->at[i], !value && selector->fields ? "" : value))
			return false;
	}
	return !selector->nothing;
}

static const char *label(void *arg, const char *key)
{
	scoped(jv) jv value = jvs_at(*(const jv *)arg, key);

	return jvs_is(value, JV_KIND_STRING) ? jv_string_value(value) : NULL;   /* the labels hold it */
}

bool selector_matches(const struct selector *selector, jv labels)
{
	return selector_matches_with(selector, label, &labels);
}

const char *selector_key(const struct selector *selector, size_t index)
{
	return selector && index < selector->len ? selector->at[index].key : NULL;
}

const char *selector_equals(const struct selector *selector, size_t index)
{
	const struct requirement *requirement;

	if (!selector_key(selector, index))
		return NULL;
	requirement = &selector->at[index];
	if (requirement->op != OP_EQUALS && requirement->op != OP_DOUBLE_EQUALS)
		return NULL;
	return requirement->values.at[0];
}

static void print_field(const struct requirement *requirement, struct buf *to)
{
	buf_printf(to, "%s%s", requirement->key, requirement->op == OP_NOT_EQUALS ? "!=" : "=");
	for (const char *at = requirement->values.at[0]; *at; at++) {
		if (strchr("\\,=", *at))
			buf_add_char(to, '\\');
		buf_add_char(to, *at);
	}
}

char *selector_text(const struct selector *selector)
{
	struct buf text = { 0 };

	for (size_t i = 0; selector && i < selector->len; i++) {
		if (i)
			buf_add_char(&text, ',');
		if (selector->fields)
			print_field(&selector->at[i], &text);
		else
			requirement_print(&selector->at[i], &text);
	}
	return buf_steal(&text);
}
