#include "formats/scalar.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>

static const struct word {
	const char *text;
	enum scalar is;
} words[] = {
	{ "", SCALAR_NULL },
	{ "~", SCALAR_NULL },
	{ "null", SCALAR_NULL },
	{ "Null", SCALAR_NULL },
	{ "NULL", SCALAR_NULL },
	{ "y", SCALAR_TRUE },
	{ "Y", SCALAR_TRUE },
	{ "yes", SCALAR_TRUE },
	{ "Yes", SCALAR_TRUE },
	{ "YES", SCALAR_TRUE },
	{ "true", SCALAR_TRUE },
	{ "True", SCALAR_TRUE },
	{ "TRUE", SCALAR_TRUE },
	{ "on", SCALAR_TRUE },
	{ "On", SCALAR_TRUE },
	{ "ON", SCALAR_TRUE },
	{ "n", SCALAR_FALSE },
	{ "N", SCALAR_FALSE },
	{ "no", SCALAR_FALSE },
	{ "No", SCALAR_FALSE },
	{ "NO", SCALAR_FALSE },
	{ "false", SCALAR_FALSE },
	{ "False", SCALAR_FALSE },
	{ "FALSE", SCALAR_FALSE },
	{ "off", SCALAR_FALSE },
	{ "Off", SCALAR_FALSE },
	{ "OFF", SCALAR_FALSE },
	{ "<<", SCALAR_MERGE },
};

static const struct special {
	const char *text;
	double number;
} specials[] = {
	{ ".inf", INFINITY },
	{ ".Inf", INFINITY },
	{ ".INF", INFINITY },
	{ "+.inf", INFINITY },
	{ "+.Inf", INFINITY },
	{ "+.INF", INFINITY },
	{ "-.inf", -INFINITY },
	{ "-.Inf", -INFINITY },
	{ "-.INF", -INFINITY },
	{ ".nan", NAN },
	{ ".NaN", NAN },
	{ ".NAN", NAN },
};

static const char *skip_digits(const char *at)
{
	return at + strspn(at, "0123456789");
}

/* YYYY-M-D, and a time of day behind it or not. Days and months are not checked against the calendar: what only looks
 * like a date is text all the same. */
static bool is_time(const char *text)
{
	const char *month = skip_digits(text), *day, *end;

	if (month - text != 4 || *month != '-')
		return false;
	day = skip_digits(month + 1);
	if (day == month + 1 || day - month > 3 || *day != '-')
		return false;
	end = skip_digits(day + 1);
	if (end == day + 1 || end - day > 3)
		return false;
	return !*end || (strchr("Tt ", *end) && isdigit((unsigned char)end[1]));
}

/* Digits of a base behind a sign and its prefix, as Go reads them with base 0; a leading 0 is octal. */
static bool parse_int(const char *text, double *number)
{
	static const struct {
		const char *prefix, *digits;
		int base;
	} bases[] = {
		{ "0x", "0123456789abcdefABCDEF", 16 },
		{ "0X", "0123456789abcdefABCDEF", 16 },
		{ "0b", "01", 2 },
		{ "0B", "01", 2 },
		{ "0o", "01234567", 8 },
		{ "0O", "01234567", 8 },
		{ "0", "01234567", 8 },
		{ "", "0123456789", 10 },
	};
	const char *at = text + (*text == '-' || *text == '+');
	double value = 0;
	size_t i = 0;

	while (strncmp(at, bases[i].prefix, strlen(bases[i].prefix)) != 0 || !at[strlen(bases[i].prefix)])
		if (++i == sizeof bases / sizeof *bases)
			return false;
	at += strlen(bases[i].prefix);
	if (at[strspn(at, bases[i].digits)])
		return false;
	if (bases[i].base == 10) {
		*number = strtod(text, NULL);
		return true;
	}
	for (; *at; at++)
		value = value * bases[i].base + (isdigit((unsigned char)*at) ? *at - '0' : (*at | 0x20) - 'a' + 10);
	*number = *text == '-' ? -value : value;
	return true;
}

/* [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)? */
static bool parse_float(const char *text, double *number)
{
	const char *begin = text + (*text == '-' || *text == '+'), *at = skip_digits(begin), *point = at;
	bool digits = at > begin;

	if (*at == '.') {
		at = skip_digits(at + 1);
		digits |= at > point + 1;
	}
	if (!digits)
		return false;
	if (*at == 'e' || *at == 'E') {
		const char *exponent = at + 1 + (at[1] == '-' || at[1] == '+');

		at = skip_digits(exponent);
		if (at == exponent)
			return false;
	}
	if (*at)
		return false;
	*number = strtod(text, NULL);
	return !isinf(*number);
}

static enum scalar number_of(const char *text, double *number)
{
	scoped(buf) struct buf plain = { 0 };

	for (size_t i = 0; i < sizeof specials / sizeof *specials; i++)
		if (strcmp(text, specials[i].text) == 0) {
			*number = specials[i].number;
			return SCALAR_FLOAT;
		}
	if (*text == '.')
		return parse_float(text, number) ? SCALAR_FLOAT : SCALAR_TEXT;
	if (is_time(text))
		return SCALAR_TIME;
	for (const char *at = text; *at; at++)
		if (*at != '_')
			buf_add_char(&plain, *at);
	if (parse_int(buf_text(&plain), number))
		return SCALAR_INT;
	return parse_float(buf_text(&plain), number) ? SCALAR_FLOAT : SCALAR_TEXT;
}

enum scalar scalar_of(struct slice text, double *number)
{
	scoped_free char *copy = NULL;

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (slice_is(text, words[i].text))
			return words[i].is;
	if (!text.len || !strchr("0123456789+-.", *text.at) || memchr(text.at, '\0', text.len))
		return SCALAR_TEXT;
	copy = slice_dup(text);
	return number_of(copy, number);
}
