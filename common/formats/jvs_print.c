/* jvs_print() of jvs.h: the bytes that jv_dump_string() makes, straight into the buffer; what is rare is left to it. */
#include <math.h>

#include "formats/jvs.h"

static void print_as_jq(jv value, struct buf *to)
{
	scoped(jv) jv text = jv_dump_string(jv_copy(value), 0);

	buf_add(to, jv_string_value(text), (size_t)jv_string_length_bytes(jv_copy(text)));
}

/* Up to here jq writes integers without an exponent. */
#define PLAIN_LIMIT 1e15

static void print_number(jv value, struct buf *to)
{
	double number = jv_number_value(value);
	char digits[24], *at = digits + sizeof digits;
	long long left;

	if (!(fabs(number) < PLAIN_LIMIT) || number != trunc(number) || (number == 0 && signbit(number))) {
		print_as_jq(value, to);
		return;
	}
	left = (long long)fabs(number);
	do
		*--at = (char)('0' + left % 10);
	while (left /= 10);
	if (number < 0)
		*--at = '-';
	buf_add(to, at, (size_t)(digits + sizeof digits - at));
}

/* The letter behind the backslash; '\0' where the byte stands for itself. What versions of jq differ in is not here. */
static char escape_of(char c)
{
	switch (c) {
	case '"':
	case '\\':
		return c;
	case '\n':
		return 'n';
	case '\t':
		return 't';
	default:
		return '\0';
	}
}

static bool is_control(char c)
{
	return (unsigned char)c < ' ' || c == 0x7f;
}

static void print_text(jv value, struct buf *to)
{
	const char *text = jv_string_value(value), *from = text;
	const char *end = text + jv_string_length_bytes(jv_copy(value));

	for (const char *at = text; at < end; at++)
		if (is_control(*at) && !escape_of(*at)) {
			print_as_jq(value, to);
			return;
		}
	buf_add_char(to, '"');
	for (const char *at = text; at < end; at++)
		if (escape_of(*at)) {
			buf_add(to, from, (size_t)(at - from));
			buf_add(to, (char[]){ '\\', escape_of(*at) }, 2);
			from = at + 1;
		}
	buf_add(to, from, (size_t)(end - from));
	buf_add_char(to, '"');
}

static void print_object(jv object, struct buf *to)
{
	char before = '{';

	jv_object_foreach(object, key, value) {
		buf_add_char(to, before);
		print_text(key, to);
		buf_add_char(to, ':');
		jvs_print(value, to);
		jv_free(key);
		jv_free(value);
		before = ',';
	}
	buf_add_text(to, before == '{' ? "{}" : "}");
}

static void print_array(jv array, struct buf *to)
{
	int len = jvs_len(array);

	buf_add_char(to, '[');
	for (int i = 0; i < len; i++) {
		scoped(jv) jv item = jvs_item(array, i);

		if (i)
			buf_add_char(to, ',');
		jvs_print(item, to);
	}
	buf_add_char(to, ']');
}

void jvs_print(jv value, struct buf *to)
{
	switch (jv_get_kind(value)) {
	case JV_KIND_OBJECT:
		print_object(value, to);
		break;
	case JV_KIND_ARRAY:
		print_array(value, to);
		break;
	case JV_KIND_STRING:
		print_text(value, to);
		break;
	case JV_KIND_NUMBER:
		print_number(value, to);
		break;
	case JV_KIND_TRUE:
		buf_add_text(to, "true");
		break;
	case JV_KIND_FALSE:
		buf_add_text(to, "false");
		break;
	case JV_KIND_NULL:
		buf_add_text(to, "null");
		break;
	default:
		print_as_jq(value, to);
	}
}
