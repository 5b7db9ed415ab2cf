#include "api/checks.h"

#include <ctype.h>
#include <string.h>

#include "base/mem.h"
#include "base/strs.h"
#include "formats/jvs.h"

void check_needed(jv object, const char *field, const struct at *at, struct causes *causes)
{
	scoped(jv) jv value = jvs_at(object, field);

	if (!*jvs_text(value))
		required(causes, at_field(at, field), NULL);
}

void check_not_negative(jv object, const char *field, const struct at *at, struct causes *causes)
{
	scoped(jv) jv value = jvs_at(object, field);

	if (jvs_is(value, JV_KIND_NUMBER) && jv_number_value(value) < 0)
		invalid(causes, at_field(at, field), value, "must be greater than or equal to 0");
}

void check_above_zero(jv object, const char *field, const struct at *at, struct causes *causes)
{
	scoped(jv) jv value = jvs_at(object, field);

	if (jvs_is(value, JV_KIND_NUMBER) && jv_number_value(value) <= 0)
		invalid(causes, at_field(at, field), value, "must be greater than 0");
}

void check_between(jv object, const char *field, long low, long high, const struct at *at, struct causes *causes)
{
	scoped(jv) jv value = jvs_at(object, field);

	if (jvs_is(value, JV_KIND_NUMBER) &&
		(jv_number_value(value) < (double)low || jv_number_value(value) > (double)high))
		invalid(causes, at_field(at, field), value, "must be between %ld and %ld, inclusive", low, high);
}

void check_name(
	jv object, const char *field, enum name_rule rule, bool needed, const struct at *at, struct causes *causes)
{
	scoped(jv) jv value = jvs_at(object, field);

	if (*jvs_text(value))
		invalid_name(causes, at_field(at, field), rule, jvs_text(value));
	else if (needed)
		required(causes, at_field(at, field), NULL);
}

static bool is_one_of(const char *text, const char *const *choices)
{
	for (; *choices; choices++)
		if (!strcmp(text, *choices))
			return true;
	return false;
}

void check_choice(jv object, const char *field, const char *const *supported, bool needed, const struct at *at,
	struct causes *causes)
{
	scoped(jv) jv value = jvs_at(object, field);

	if (*jvs_text(value) && !is_one_of(jvs_text(value), supported))
		unsupported(causes, at_field(at, field), value, supported);
	else if (needed && !*jvs_text(value))
		required(causes, at_field(at, field), NULL);
}

void check_port_or_name(jv object, const char *field, const struct at *at, struct causes *causes)
{
	scoped(jv) jv value = jvs_at(object, field);

	if (jvs_is(value, JV_KIND_STRING))
		invalid_name(causes, at_field(at, field), NAME_PORT, jvs_text(value));
	else
		check_between(object, field, 1, 65535, at, causes);
}

void check_percent_or_count(jv value, const struct at *at, struct causes *causes)
{
	if (jvs_is(value, JV_KIND_STRING))
		invalid_name(causes, at, NAME_PERCENT, jvs_text(value));
	else if (jvs_is(value, JV_KIND_NUMBER) && jv_number_value(value) < 0)
		invalid(causes, at, value, "must be greater than or equal to 0");
}

void check_labels(jv labels, const struct at *at, struct causes *causes)
{
	if (!jvs_is(labels, JV_KIND_OBJECT))
		return;
	jv_object_foreach(labels, key, value)
	{
		invalid_name(causes, at, NAME_KEY, jv_string_value(key));
		invalid_name(causes, at, NAME_VALUE, jvs_text(value));
		jv_free(key);
		jv_free(value);
	}
}

/* Keys as of labels, but their case does not matter. */
void check_annotations(jv annotations, const struct at *at, struct causes *causes)
{
	const int max = 256 * 1024;
	size_t size = 0;

	if (!jvs_is(annotations, JV_KIND_OBJECT))
		return;
	jv_object_foreach(annotations, key, value)
	{
		scoped_free char *lower = mem_dup(jv_string_value(key));
		scoped(strs) struct strs faults = { 0 };

		for (char *c = lower; *c; c++)
			*c = (char)tolower((unsigned char)*c);
		names_check(NAME_KEY, lower, &faults);
		for (size_t i = 0; i < faults.len; i++)
			invalid(causes, at, key, "%s", faults.at[i]);
		size += strlen(lower) + strlen(jvs_text(value));
		jv_free(key);
		jv_free(value);
	}
	if (size > (size_t)max)
		too_long(causes, at, max);
}

static void check_requirement(jv requirement, const struct at *at, struct causes *causes)
{
	static const char *const sets[] = { "In", "NotIn", NULL }, *const existence[] = { "Exists", "DoesNotExist",
		NULL };
	scoped(jv) jv op = jvs_at(requirement, "operator"), values = jvs_at(requirement, "values"),
		      key = jvs_at(requirement, "key");

	if (is_one_of(jvs_text(op), sets)) {
		if (jvs_len(values) == 0)
			required(
				causes, at_field(at, "values"), "must be specified when `operator` is 'In' or 'NotIn'");
	} else if (is_one_of(jvs_text(op), existence)) {
		if (jvs_len(values) > 0)
			forbidden(causes, at_field(at, "values"),
				"may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
	} else {
		invalid(causes, at_field(at, "operator"), op, "not a valid selector operator");
	}
	invalid_name(causes, at_field(at, "key"), NAME_KEY, jvs_text(key));
	for (int i = 0; i < jvs_len(values); i++) {
		scoped(jv) jv value = jvs_item(values, i);

		invalid_name(causes, at_item(at_field(at, "values"), i), NAME_VALUE, jvs_text(value));
	}
}

void check_selector(jv selector, const struct at *at, struct causes *causes)
{
	scoped(jv) jv labels = jvs_at(selector, "matchLabels"), expressions = jvs_at(selector, "matchExpressions");

	check_labels(labels, at_field(at, "matchLabels"), causes);
	for (int i = 0; i < jvs_len(expressions); i++) {
		scoped(jv) jv requirement = jvs_item(expressions, i);

		check_requirement(requirement, at_item(at_field(at, "matchExpressions"), i), causes);
	}
}

void check_same(jv value, jv old, const struct at *at, struct causes *causes)
{
	if (!jvs_equal(value, old))
		invalid(causes, at, value, "field is immutable");
}
