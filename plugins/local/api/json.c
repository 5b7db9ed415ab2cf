#include "api/json.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/mem.h"

/* Go's limit is 10,000; ours keeps within a small stack. */
#define MAX_DEPTH 500

struct json json_of(struct slice bytes)
{
	return (struct json){ .at = bytes.at, .end = bytes.at + bytes.len };
}

void json_release(struct json *json)
{
	free(json->error);
	buf_release(&json->text);
}

static void fault(struct json *json, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void fault(struct json *json, const char *format, ...)
{
	va_list args;

	if (!json->error) {
		va_start(args, format);
		json->error = mem_vprintf(format, args);
		va_end(args);
	}
	json->at = json->end;
}

/* The byte at json->at cannot stand there. */
static void unexpected(struct json *json, const char *context)
{
	unsigned char c = json->at < json->end ? (unsigned char)*json->at : 0;

	if (json->at >= json->end)
		fault(json, "unexpected end of JSON input");
	else if (c == '\'' || c == '\\')
		fault(json, "invalid character '\\%c' %s", c, context);
	else if (c == '\n' || c == '\t' || c == '\r')
		fault(json, "invalid character '\\%c' %s", c == '\n' ? 'n' : c == '\t' ? 't' : 'r', context);
	else if (c < 0x20 || c == 0x7f)
		fault(json, "invalid character '\\x%02x' %s", c, context);
	else if (c < 0x7f)
		fault(json, "invalid character '%c' %s", c, context);
	else /* Go takes the byte as a code point */
		fault(json, "invalid character '%c%c' %s", 0xc0 | c >> 6, 0x80 | (c & 0x3f), context);
}

static void skip_blanks(struct json *json)
{
	while (json->at < json->end &&
		(*json->at == ' ' || *json->at == '\n' || *json->at == '\t' || *json->at == '\r'))
		json->at++;
}

char json_peek(struct json *json)
{
	skip_blanks(json);
	if (json->at < json->end) {
		switch (*json->at) {
		case '{':
		case '[':
		case '"':
		case 't':
		case 'f':
		case 'n':
			return *json->at;
		case '-':
		case '0' ... '9':
			return '0';
		}
	}
	unexpected(json, "looking for beginning of value");
	return 0;
}

void json_open(struct json *json, char bracket)
{
	if (json_peek(json) != bracket)
		return;
	if (++json->depth > MAX_DEPTH)
		fault(json, "exceeded max depth");
	else
		json->at++;
}

/* Behind a value or an opening bracket: true where another one comes. */
static bool go_on(struct json *json, char open, char close, const char *context)
{
	bool first = json->at[-1] == open;

	skip_blanks(json);
	if (json->at < json->end && *json->at == close) {
		json->at++;
		json->depth--;
		return false;
	}
	if (first)
		return json->at < json->end || (unexpected(json, ""), false);
	if (json->at >= json->end || *json->at != ',') {
		unexpected(json, context);
		return false;
	}
	json->at++;
	skip_blanks(json);
	return true;
}

bool json_key(struct json *json, struct slice *key)
{
	if (json->error || !go_on(json, '{', '}', "after object key:value pair"))
		return false;
	if (json->at >= json->end || *json->at != '"') {
		unexpected(json, "looking for beginning of object key string");
		return false;
	}
	*key = json_string(json);
	skip_blanks(json);
	if (json->at >= json->end || *json->at != ':') {
		unexpected(json, "after object key");
		return false;
	}
	json->at++;
	return true;
}

bool json_item(struct json *json)
{
	return !json->error && go_on(json, '[', ']', "after array element") && json_peek(json);
}

static void add_rune(struct buf *to, unsigned rune)
{
	if (rune < 0x80) {
		buf_add_char(to, (char)rune);
	} else if (rune < 0x800) {
		buf_add_char(to, (char)(0xc0 | rune >> 6));
		buf_add_char(to, (char)(0x80 | (rune & 0x3f)));
	} else if (rune < 0x10000) {
		buf_add_char(to, (char)(0xe0 | rune >> 12));
		buf_add_char(to, (char)(0x80 | (rune >> 6 & 0x3f)));
		buf_add_char(to, (char)(0x80 | (rune & 0x3f)));
	} else {
		buf_add_char(to, (char)(0xf0 | rune >> 18));
		buf_add_char(to, (char)(0x80 | (rune >> 12 & 0x3f)));
		buf_add_char(to, (char)(0x80 | (rune >> 6 & 0x3f)));
		buf_add_char(to, (char)(0x80 | (rune & 0x3f)));
	}
}

/* The four digits at json->at, or -1. */
static int read_hex(struct json *json)
{
	int value = 0;

	for (int i = 0; i < 4; i++, json->at++) {
		int c = json->at < json->end ? *json->at : 0;
		int digit = c >= '0' && c <= '9'		 ? c - '0'
			    : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10
								 : -1;

		if (digit < 0) {
			unexpected(json, "in \\u hexadecimal character escape");
			return -1;
		}
		value = value * 16 + digit;
	}
	return value;
}

/* Behind "\u". A surrogate without its other half is U+FFFD, as in Go. */
static void read_unicode(struct json *json)
{
	int first = read_hex(json), second;
	const char *before = json->at;

	if (first < 0)
		return;
	if (first < 0xd800 || first > 0xdfff) {
		add_rune(&json->text, (unsigned)first);
		return;
	}
	if (first < 0xdc00 && json->end - json->at >= 2 && json->at[0] == '\\' && json->at[1] == 'u') {
		json->at += 2;
		second = read_hex(json);
		if (second < 0)
			return;
		if (second >= 0xdc00 && second <= 0xdfff) {
			add_rune(&json->text,
				0x10000 + ((unsigned)(first - 0xd800) << 10) + (unsigned)(second - 0xdc00));
			return;
		}
		json->at = before;
	}
	add_rune(&json->text, 0xfffd);
}

static void read_escape(struct json *json)
{
	static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
	const char *found;

	json->at++;
	if (json->at >= json->end) {
		unexpected(json, "");
		return;
	}
	if (*json->at == 'u') {
		json->at++;
		read_unicode(json);
		return;
	}
	found = *json->at ? strchr(letters, *json->at) : NULL;
	if (!found) {
		unexpected(json, "in string escape code");
		return;
	}
	buf_add_char(&json->text, meanings[found - letters]);
	json->at++;
}

/* The end of the run of bytes that stand for themselves. */
static const char *plain_end(const struct json *json)
{
	const char *at = json->at;

	while (at < json->end && *at != '"' && *at != '\\' && (unsigned char)*at >= 0x20)
		at++;
	return at;
}

struct slice json_string(struct json *json)
{
	const char *start, *stop;

	if (json_peek(json) != '"')
		return (struct slice){ "", 0 };
	start = ++json->at;
	stop = json->at = plain_end(json);
	if (json->at < json->end && *json->at == '"') { /* no escapes: lent as it stands */
		json->at++;
		return (struct slice){ start, (size_t)(stop - start) };
	}
	buf_clear(&json->text);
	while (!json->error) {
		buf_add(&json->text, start, (size_t)(stop - start));
		if (json->at < json->end && *json->at == '"') {
			json->at++;
			return buf_slice(&json->text);
		}
		if (json->at < json->end && *json->at == '\\')
			read_escape(json);
		else
			unexpected(json, "in string literal");
		start = json->at;
		stop = json->at = plain_end(json);
	}
	return (struct slice){ "", 0 };
}

static bool digits(struct json *json, const char *context)
{
	const char *start = json->at;

	while (json->at < json->end && *json->at >= '0' && *json->at <= '9')
		json->at++;
	if (json->at == start)
		unexpected(json, context);
	return !json->error;
}

static bool at_one_of(const struct json *json, const char *set)
{
	return json->at < json->end && *json->at && strchr(set, *json->at);
}

struct slice json_number(struct json *json)
{
	struct slice none = { "0", 1 };
	const char *start;

	if (json_peek(json) != '0')
		return none;
	start = json->at;
	if (*json->at == '-')
		json->at++;
	if (at_one_of(json, "0"))
		json->at++;
	else if (!digits(json, "in numeric literal"))
		return none;
	if (at_one_of(json, ".")) {
		json->at++;
		if (!digits(json, "after decimal point in numeric literal"))
			return none;
	}
	if (at_one_of(json, "eE")) {
		json->at++;
		if (at_one_of(json, "+-"))
			json->at++;
		if (!digits(json, "in exponent of numeric literal"))
			return none;
	}
	return (struct slice){ start, (size_t)(json->at - start) };
}

double json_double(struct slice number)
{
	scoped_free char *text = NULL;
	bool negative = number.len && *number.at == '-';
	int64_t value = 0;

	if (number.len <= 15 && !memchr(number.at, '.', number.len) && !memchr(number.at, 'e', number.len) &&
		!memchr(number.at, 'E', number.len)) {
		for (size_t i = negative; i < number.len; i++)
			value = value * 10 + (number.at[i] - '0');
		return (double)(negative ? -value : value);
	}
	text = slice_dup(number); /* the bytes may end right behind it */
	return strtod(text, NULL);
}

static jv read_literal(struct json *json)
{
	const char *word = *json->at == 't' ? "true" : *json->at == 'f' ? "false" : "null";

	for (const char *letter = word; *letter; letter++, json->at++) {
		if (json->at >= json->end || *json->at != *letter) {
			scoped_free char *context = mem_printf("in literal %s (expecting '%c')", word, *letter);

			unexpected(json, context);
			return jv_invalid();
		}
	}
	return *word == 't' ? jv_true() : *word == 'f' ? jv_false() : jv_null();
}

void json_skip(struct json *json)
{
	struct slice key;

	switch (json_peek(json)) {
	case '{':
		for (json_open(json, '{'); json_key(json, &key);)
			json_skip(json);
		break;
	case '[':
		for (json_open(json, '['); json_item(json);)
			json_skip(json);
		break;
	case '"':
		json_string(json);
		break;
	case '0':
		json_number(json);
		break;
	case 0:
		break;
	default:
		jv_free(read_literal(json));
	}
}

static jv read_object(struct json *json)
{
	jv object = jv_object();
	struct slice key;

	for (json_open(json, '{'); json_key(json, &key);) {
		jv name = jv_string_sized(key.at, (int)key.len), value = json_value(json);

		if (jv_is_valid(value))
			object = jv_object_set(object, name, value);
		else
			jv_free(name);
	}
	return object;
}

static jv read_array(struct json *json)
{
	jv array = jv_array();

	for (json_open(json, '['); json_item(json);) {
		jv value = json_value(json);

		if (jv_is_valid(value))
			array = jv_array_append(array, value);
	}
	return array;
}

static jv read_any(struct json *json)
{
	struct slice text;

	switch (json_peek(json)) {
	case '{':
		return read_object(json);
	case '[':
		return read_array(json);
	case '"':
		text = json_string(json);
		return jv_string_sized(text.at, (int)text.len);
	case '0':
		text = json_number(json);
		return jv_number(json_double(text));
	case 0:
		return jv_invalid();
	default:
		return read_literal(json);
	}
}

jv json_value(struct json *json)
{
	jv value = read_any(json);

	if (!json->error)
		return value;
	jv_free(value);
	return jv_invalid();
}

void json_finish(struct json *json)
{
	skip_blanks(json);
	if (!json->error && json->at < json->end)
		unexpected(json, "after top-level value");
}

int json_parse(struct slice bytes, jv *value, char **error)
{
	scoped(json) struct json json = json_of(bytes);

	*value = json_value(&json);
	json_finish(&json);
	*error = steal(json.error);
	if (!*error)
		return 0;
	jv_free(*value);
	*value = jv_null();
	return -1;
}
