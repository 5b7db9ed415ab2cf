#include "api/invalid.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/strs.h"
#include "formats/jvs.h"

bool causes_any(const struct causes *causes)
{
	return jvs_len(causes->list) > 0;
}

void causes_release(struct causes *causes)
{
	jv_free(causes->list);
	*causes = (struct causes){ 0 };
}

static void print_at(const struct at *at, struct buf *to)
{
	if (!at)
		return;
	print_at(at->up, to);
	if (at->name)
		buf_printf(to, "%s%s", to->len ? "." : "", at->name);
	else if (at->key)
		buf_printf(to, "[%s]", at->key);
	else
		buf_printf(to, "[%d]", at->index);
}

char *at_text(const struct at *at)
{
	scoped(buf) struct buf text = { 0 };

	print_at(at, &text);
	return buf_steal(&text);
}

/* As Go's %q for what stands in objects: escapes for quotes, backslashes and control characters. */
static void print_quoted(const char *text, struct buf *to)
{
	static const char letters[] = "abtnvfr"; /* 7 to 13 */

	buf_add_char(to, '"');
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			buf_printf(to, "\\%c", c);
		else if (c >= 7 && c <= 13)
			buf_printf(to, "\\%c", letters[c - 7]);
		else if (c < 0x20 || c == 0x7f)
			buf_printf(to, "\\x%02x", c);
		else
			buf_add_char(to, (char)c);
	}
	buf_add_char(to, '"');
}

static void print_value(jv value, struct buf *to)
{
	if (jvs_is(value, JV_KIND_STRING)) {
		print_quoted(jv_string_value(value), to);
	} else if (jvs_is(value, JV_KIND_NULL) || !jv_is_valid(value)) {
		buf_add_text(to, "null");
	} else {
		scoped(jv) jv text = jv_dump_string(jv_copy(value), JV_PRINT_SORTED);

		buf_add_text(to, jv_string_value(text));
	}
}

static void add(struct causes *causes, const char *reason, const struct at *at, const char *message)
{
	scoped_free char *field = at_text(at);
	jv cause =
		jvs_object("reason", jv_string(reason), "message", jv_string(message), "field", jv_string(field), NULL);

	causes->list = jv_array_append(jvs_is(causes->list, JV_KIND_ARRAY) ? causes->list : jv_array(), cause);
}

void invalid(struct causes *causes, const struct at *at, jv value, const char *format, ...)
{
	scoped(buf) struct buf text = { 0 };
	va_list args;

	buf_add_text(&text, "Invalid value: ");
	print_value(value, &text);
	buf_add_text(&text, ": ");
	va_start(args, format);
	buf_vprintf(&text, format, args);
	va_end(args);
	add(causes, "FieldValueInvalid", at, buf_text(&text));
}

void required(struct causes *causes, const struct at *at, const char *detail)
{
	scoped_free char *text = mem_printf("Required value%s%s", detail ? ": " : "", detail ? detail : "");

	add(causes, "FieldValueRequired", at, text);
}

void forbidden(struct causes *causes, const struct at *at, const char *detail)
{
	scoped_free char *text = mem_printf("Forbidden: %s", detail);

	add(causes, "FieldValueForbidden", at, text);
}

static void add_shown(struct causes *causes, const char *reason, const struct at *at, const char *words, jv value)
{
	scoped(buf) struct buf text = { 0 };

	buf_add_text(&text, words);
	print_value(value, &text);
	add(causes, reason, at, buf_text(&text));
}

void duplicate(struct causes *causes, const struct at *at, jv value)
{
	add_shown(causes, "FieldValueDuplicate", at, "Duplicate value: ", value);
}

void not_found(struct causes *causes, const struct at *at, jv value)
{
	add_shown(causes, "FieldValueNotFound", at, "Not found: ", value);
}

void unsupported(struct causes *causes, const struct at *at, jv value, const char *const *supported)
{
	scoped(buf) struct buf text = { 0 };

	buf_add_text(&text, "Unsupported value: ");
	print_value(value, &text);
	for (size_t i = 0; supported[i]; i++)
		buf_printf(&text, "%s\"%s\"", i ? ", " : ": supported values: ", supported[i]);
	add(causes, "FieldValueNotSupported", at, buf_text(&text));
}

void too_long(struct causes *causes, const struct at *at, int max)
{
	scoped_free char *text = mem_printf("Too long: may not be more than %d bytes", max);

	add(causes, "FieldValueTooLong", at, text);
}

void too_many(struct causes *causes, const struct at *at, int count, int max)
{
	scoped_free char *text = mem_printf("Too many: %d: must have at most %d items", count, max);

	add(causes, "FieldValueTooMany", at, text);
}

/* One as it is, several in brackets; the same words twice are said once. */
static char *join(const struct causes *causes)
{
	scoped(strs) struct strs lines = { 0 };
	scoped_free char *joined = NULL;

	for (int i = 0; i < jvs_len(causes->list); i++) {
		scoped(jv) jv cause = jvs_item(causes->list, i), field = jvs_at(cause, "field"),
			      message = jvs_at(cause, "message");
		scoped_free char *line = mem_printf("%s: %s", jvs_text(field), jvs_text(message));

		if (!strs_has(&lines, line))
			strs_take(&lines, steal(line));
	}
	joined = strs_join(&lines, ", ");
	return lines.len == 1 ? steal(joined) : mem_printf("[%s]", joined);
}

jv causes_details(const struct causes *causes, const char *group, const char *kind, const char *name)
{
	jv details = jv_object();

	if (*name)
		jvs_put(&details, "name", jv_string(name));
	if (*group)
		jvs_put(&details, "group", jv_string(group));
	if (*kind)
		jvs_put(&details, "kind", jv_string(kind));
	jvs_put(&details, "causes", jvs_is(causes->list, JV_KIND_ARRAY) ? jv_copy(causes->list) : jv_array());
	return details;
}

char *causes_message(const struct causes *causes, const char *group, const char *kind, const char *name)
{
	scoped_free char *all = join(causes);

	return mem_printf("%s%s%s \"%s\" is invalid: %s", kind, *group ? "." : "", group, name, all);
}

jv causes_status(const struct causes *causes, const char *group, const char *kind, const char *name)
{
	scoped_free char *message = causes_message(causes, group, kind, name);

	return jvs_object("kind", jv_string("Status"), "apiVersion", jv_string("v1"), "metadata", jv_object(), "status",
		jv_string("Failure"), "message", jv_string(message), "reason", jv_string("Invalid"), "details",
		causes_details(causes, group, kind, name), "code", jv_number(422), NULL);
}
