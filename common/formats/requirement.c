#include "formats/requirement.h"

#include <errno.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"
#include "formats/jvs.h"
#include "formats/labels.h"

#define ANY_NUMBER SIZE_MAX

/* How an operator is written, and how many values it takes. */
static const struct shape {
	const char *before, *between, *after;   /* the key; key and values; the values */
	size_t least, most;
	const char *complaint;
} shapes[] = {
	[OP_IN] = { "", " in (", ")", 1, ANY_NUMBER, "for 'in', 'notin' operators, values set can't be empty" },
	[OP_NOT_IN] = { "", " notin (", ")", 1, ANY_NUMBER, "for 'in', 'notin' operators, values set can't be empty" },
	[OP_EQUALS] = { "", "=", "", 1, 1, "exact-match compatibility requires one single value" },
	[OP_DOUBLE_EQUALS] = { "", "==", "", 1, 1, "exact-match compatibility requires one single value" },
	[OP_NOT_EQUALS] = { "", "!=", "", 1, 1, "exact-match compatibility requires one single value" },
	[OP_GREATER] = { "", ">", "", 1, 1, "for 'Gt', 'Lt' operators, exactly one value is required" },
	[OP_LESS] = { "", "<", "", 1, 1, "for 'Gt', 'Lt' operators, exactly one value is required" },
	[OP_EXISTS] = { "", "", "", 0, 0, "values set must be empty for exists and does not exist" },
	[OP_NOT_EXISTS] = { "!", "", "", 0, 0, "values set must be empty for exists and does not exist" },
};

/* As Go's strconv.ParseInt reads base 10: digits with at most a sign before them, in 64 bits. */
static bool parse_integer(const char *text, int64_t *number)
{
	const char *digits = *text == '-' || *text == '+' ? text + 1 : text;

	if (!*digits || digits[strspn(digits, "0123456789")])
		return false;
	errno = 0;
	*number = strtoll(text, NULL, 10);
	return !errno;
}

static void complain(struct strs *all, const char *field, jv value, const char *what)
{
	scoped(buf) struct buf text = { 0 };

	buf_printf(&text, "%s: Invalid value: ", field);
	jvs_print(value, &text);
	buf_printf(&text, ": %s", what);
	if (!strs_has(all, buf_text(&text)))
		strs_add(all, buf_text(&text));
}

/* The same with the faults of labels.h joined, if there are any. */
static void complain_of(struct strs *all, const char *field, const char *value, const struct strs *wrong)
{
	scoped(jv) jv text = jv_string(value);
	scoped_free char *joined = NULL;

	if (!wrong->len)
		return;
	joined = strs_join(wrong, "; ");
	complain(all, field, text, joined);
}

static void check_count(const struct requirement *requirement, struct strs *all)
{
	const struct shape *shape = &shapes[requirement->op];
	scoped(jv) jv values = jv_null();

	if (requirement->values.len >= shape->least && requirement->values.len <= shape->most)
		return;
	for (size_t i = 0; i < requirement->values.len; i++)
		values = jv_array_append(jvs_is(values, JV_KIND_ARRAY) ? values : jv_array(),
			jv_string(requirement->values.at[i]));
	complain(all, "values", values, shape->complaint);
}

static void check_value(const struct requirement *requirement, size_t i, struct strs *all)
{
	scoped_free char *field = mem_printf("values[%zu][%s]", i, requirement->key);
	scoped(strs) struct strs wrong = { 0 };

	labels_check_value(requirement->values.at[i], &wrong);
	complain_of(all, field, requirement->values.at[i], &wrong);
}

static void check_integers(const struct requirement *requirement, struct strs *all)
{
	int64_t number;

	if (requirement->op != OP_GREATER && requirement->op != OP_LESS)
		return;
	for (size_t i = 0; i < requirement->values.len; i++) {
		scoped_free char *field = mem_printf("values[%zu]", i);
		scoped(jv) jv value = jv_string(requirement->values.at[i]);

		if (!parse_integer(requirement->values.at[i], &number))
			complain(all, field, value, "for 'Gt', 'Lt' operators, the value must be an integer");
	}
}

int requirement_check(const struct requirement *requirement, struct err *err)
{
	scoped(strs) struct strs all = { 0 }, wrong = { 0 };
	scoped_free char *joined = NULL;

	labels_check_key(requirement->key, &wrong);
	complain_of(&all, "key", requirement->key, &wrong);
	check_count(requirement, &all);
	check_integers(requirement, &all);
	for (size_t i = 0; i < requirement->values.len; i++)
		check_value(requirement, i, &all);
	if (!all.len)
		return 0;
	joined = strs_join(&all, ", ");
	return err_set(err, ERR_USAGE, NULL, all.len > 1 ? "[%s]" : "%s", joined);
}

static bool compares(const struct requirement *requirement, const char *value)
{
	int64_t here, wanted;

	if (!parse_integer(value, &here) || !requirement->values.len ||
		!parse_integer(requirement->values.at[0], &wanted))
		return false;
	return requirement->op == OP_GREATER ? here > wanted : here < wanted;
}

bool requirement_matches(const struct requirement *requirement, const char *value)
{
	switch (requirement->op) {
	case OP_IN:
	case OP_EQUALS:
	case OP_DOUBLE_EQUALS:
		return value && strs_has(&requirement->values, value);
	case OP_NOT_IN:
	case OP_NOT_EQUALS:
		return !value || !strs_has(&requirement->values, value);
	case OP_EXISTS:
		return value;
	case OP_NOT_EXISTS:
		return !value;
	case OP_GREATER:
	case OP_LESS:
		return value && compares(requirement, value);
	}
	return false;
}

void requirement_print(const struct requirement *requirement, struct buf *to)
{
	const struct shape *shape = &shapes[requirement->op];
	scoped(strs) struct strs sorted = { 0 };
	scoped_free char *values = NULL;

	for (size_t i = 0; i < requirement->values.len; i++)
		strs_add(&sorted, requirement->values.at[i]);
	strs_sort(&sorted);
	values = strs_join(&sorted, ",");
	buf_printf(to, "%s%s%s%s%s", shape->before, requirement->key, shape->between, values, shape->after);
}

void requirement_release(struct requirement *requirement)
{
	free(requirement->key);
	strs_release(&requirement->values);
	*requirement = (struct requirement){ 0 };
}
