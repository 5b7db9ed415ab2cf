#include "api/times.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

/* A piece of the layout: digits to read and their range, or (digits 0) something of its own. */
struct piece {
	const char *text; /* as it stands in the layout */
	int digits, low, high;
	const char *range; /* what is out of range */
};

static const struct piece pieces[] = {
	{ "2006", 4, 0, 9999, "year" },
	{ "-", 0, 0, 0, NULL },
	{ "01", 2, 1, 12, "month" },
	{ "-", 0, 0, 0, NULL },
	{ "02", 2, 1, 31, "day" },
	{ "T", 0, 0, 0, NULL },
	{ "15", 2, 0, 23, "hour" },
	{ ":", 0, 0, 0, NULL },
	{ "04", 2, 0, 59, "minute" },
	{ ":", 0, 0, 0, NULL },
	{ "05", 2, 0, 59, "second" },
};

static int read_digits(const char *at, int count)
{
	int value = 0;

	for (int i = 0; i < count; i++) {
		if (!isdigit((unsigned char)at[i]))
			return -1;
		value = value * 10 + at[i] - '0';
	}
	return value;
}

/* Behind the seconds: a fraction is optional, but micro wants six digits. */
static bool skip_fraction(const char **at, bool micro)
{
	size_t digits = **at == '.' ? strspn(*at + 1, "0123456789") : 0;

	if (micro && digits < 6)
		return false;
	if (digits)
		*at += 1 + (micro ? 6 : digits);
	return true;
}

static bool skip_zone(const char **at)
{
	if (**at == 'Z') {
		(*at)++;
		return true;
	}
	if ((**at != '+' && **at != '-') || read_digits(*at + 1, 2) < 0 || (*at)[3] != ':' ||
		read_digits(*at + 4, 2) < 0)
		return false;
	*at += 6;
	return true;
}

/* Go's words for what is wrong with text, or NULL. The caller frees. */
static char *fault_of(const char *text, bool micro)
{
	const char *layout = micro ? "2006-01-02T15:04:05.000000Z07:00" : "2006-01-02T15:04:05Z07:00";
	const char *at = text, *failed = NULL;

	for (size_t i = 0; i < sizeof pieces / sizeof *pieces && !failed; i++) {
		const struct piece *piece = &pieces[i];
		int value = piece->digits ? read_digits(at, piece->digits) : 0;

		if (value < 0 || (!piece->digits && *at != *piece->text))
			failed = piece->text;
		else if (piece->digits && (value < piece->low || value > piece->high))
			return mem_printf("parsing time \"%s\": %s out of range", text, piece->range);
		else
			at += strlen(piece->text);
	}
	if (!failed && !skip_fraction(&at, micro))
		failed = ".000000";
	if (!failed && !skip_zone(&at))
		failed = "Z07:00";
	if (failed)
		return mem_printf(
			"parsing time \"%s\" as \"%s\": cannot parse \"%s\" as \"%s\"", text, layout, at, failed);
	return *at ? mem_printf("parsing time \"%s\": extra text: \"%s\"", text, at) : NULL;
}

static bool day_fits(const char *text)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int year = read_digits(text, 4), month = read_digits(text + 5, 2), day = read_digits(text + 8, 2);
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return day <= days[month - 1] + (leap && month == 2);
}

char *times_canonical(const char *text, bool micro, char **error)
{
	int64_t nanoseconds;

	*error = fault_of(text, micro);
	if (*error)
		return NULL;
	if (day_fits(text)) {
		if (text[strlen(text) - 1] == 'Z') /* in UTC already: cut what is too fine */
			return mem_printf("%.*sZ", micro ? 26 : 19, text);
		if (clock_parse(text, &nanoseconds, NULL) == 0)
			return micro ? clock_format_micro(nanoseconds) : clock_format(nanoseconds / 1000000000);
	}
	*error = mem_printf("parsing time \"%s\": day out of range", text);
	return NULL;
}
