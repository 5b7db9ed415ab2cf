#include "formats/quantity.h"

#define NANO 1000000000
#define MAX ((__int128)INT64_MAX * NANO)

static const struct suffix {
	const char *text;
	enum quantity_format format;
	uint64_t times, by; /* by: divided by */
} suffixes[] = {
	{ "", QUANTITY_DECIMAL, 1, 1 },
	{ "n", QUANTITY_DECIMAL, 1, NANO },
	{ "u", QUANTITY_DECIMAL, 1, 1000000 },
	{ "m", QUANTITY_DECIMAL, 1, 1000 },
	{ "k", QUANTITY_DECIMAL, 1000, 1 },
	{ "M", QUANTITY_DECIMAL, 1000000, 1 },
	{ "G", QUANTITY_DECIMAL, 1000000000, 1 },
	{ "T", QUANTITY_DECIMAL, 1000000000000, 1 },
	{ "P", QUANTITY_DECIMAL, 1000000000000000, 1 },
	{ "E", QUANTITY_DECIMAL, 1000000000000000000, 1 },
	{ "Ki", QUANTITY_BINARY, (uint64_t)1 << 10, 1 },
	{ "Mi", QUANTITY_BINARY, (uint64_t)1 << 20, 1 },
	{ "Gi", QUANTITY_BINARY, (uint64_t)1 << 30, 1 },
	{ "Ti", QUANTITY_BINARY, (uint64_t)1 << 40, 1 },
	{ "Pi", QUANTITY_BINARY, (uint64_t)1 << 50, 1 },
	{ "Ei", QUANTITY_BINARY, (uint64_t)1 << 60, 1 },
};

static uint64_t power_of_ten(int exponent)
{
	uint64_t power = 1;

	while (exponent-- > 0)
		power *= 10;
	return power;
}

/* e3, E-2: false where it is none. */
static bool read_exponent(struct slice text, struct suffix *suffix)
{
	int exponent = 0;
	bool negative;
	size_t i = 1;

	if (text.len < 2 || (*text.at | 32) != 'e')
		return false;
	negative = text.at[i] == '-';
	i += negative || text.at[i] == '+';
	if (i == text.len)
		return false;
	for (; i < text.len; i++) {
		if (text.at[i] < '0' || text.at[i] > '9')
			return false;
		if (exponent < 18)
			exponent = exponent * 10 + text.at[i] - '0';
	}
	if (exponent > 18)
		exponent = 18;
	*suffix = (struct suffix){ .format = QUANTITY_EXPONENT, .times = 1, .by = 1 };
	*(negative ? &suffix->by : &suffix->times) = power_of_ten(exponent);
	return true;
}

static bool find_suffix(struct slice text, struct suffix *suffix)
{
	for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
		if (slice_is(text, suffixes[i].text)) {
			*suffix = suffixes[i];
			return true;
		}
	}
	return read_exponent(text, suffix);
}

static size_t span_of(struct slice text, size_t from, const char *set)
{
	size_t i = from;

	while (i < text.len && text.at[i] && strchr(set, text.at[i]))
		i++;
	return i;
}

/* whole.fraction times the suffix, in billionths; digits are digits. */
static __int128 scale(struct slice whole, struct slice fraction, const struct suffix *suffix)
{
	unsigned __int128 number = 0, part = 0, one = 1, left;
	bool more = false;

	for (size_t i = 0; i < whole.len; i++) {
		number = number * 10 + (unsigned)(whole.at[i] - '0');
		if (number * suffix->times / suffix->by > INT64_MAX)
			return MAX;
	}
	for (size_t i = 0; i < fraction.len; i++) {
		if (i < 18) {
			part = part * 10 + (unsigned)(fraction.at[i] - '0');
			one *= 10;
		} else if (fraction.at[i] != '0') {
			more = true;
		}
	}
	number *= suffix->times;
	part *= suffix->times;
	number += part / one;
	part %= one;
	left = number % suffix->by; /* what a division leaves is carried into the fraction */
	number = number / suffix->by * NANO + left * NANO / suffix->by;
	left = left * NANO % suffix->by;
	part = part * NANO;
	more |= left || part % one || part / one % suffix->by;
	number += part / one / suffix->by;
	return number > (unsigned __int128)MAX ? MAX : (__int128)(number + more);
}

const char *quantity_parse(struct slice text, struct quantity *quantity)
{
	size_t sign = text.len && (*text.at == '-' || *text.at == '+'), point, stop, end;
	struct slice whole, fraction = { 0 };
	struct suffix suffix;

	*quantity = (struct quantity){ 0 };
	point = stop = span_of(text, sign, "0123456789");
	whole = (struct slice){ text.at + sign, point - sign };
	if (point < text.len && text.at[point] == '.') {
		stop = span_of(text, point + 1, "0123456789");
		fraction = (struct slice){ text.at + point + 1, stop - point - 1 };
	}
	end = span_of(text, stop, "eEinumkKMGTP");
	if (end < text.len && (text.at[end] == '-' || text.at[end] == '+'))
		end++;
	end = span_of(text, end, "0123456789");
	if (!text.len || end < text.len)
		return "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
	if (!whole.len && !fraction.len)
		return "unable to parse numeric part of quantity";
	if (!find_suffix((struct slice){ text.at + stop, text.len - stop }, &suffix))
		return "unable to parse quantity's suffix";
	quantity->nano = scale(whole, fraction, &suffix);
	quantity->format = suffix.format;
	if (*text.at == '-')
		quantity->nano = -quantity->nano;
	return NULL;
}

static void print_number(__int128 value, struct buf *to)
{
	char digits[48], *at = digits + sizeof digits;
	unsigned __int128 size = value < 0 ? -(unsigned __int128)value : (unsigned __int128)value;

	do
		*--at = (char)('0' + (int)(size % 10));
	while (size /= 10);
	if (value < 0)
		buf_add_char(to, '-');
	buf_add(to, at, (size_t)(digits + sizeof digits - at));
}

static void print_binary(__int128 value, struct buf *to)
{
	static const char *const units[] = { "", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei" };
	int unit = 0;

	while (value % 1024 == 0 && unit < 6) {
		value /= 1024;
		unit++;
	}
	print_number(value, to);
	buf_add_text(to, units[unit]);
}

static void print_decimal(__int128 nano, bool exponent, struct buf *to)
{
	static const char *const units[] = { "n", "u", "m", "", "k", "M", "G", "T", "P", "E" };
	int unit = 0;

	while (nano % 1000 == 0 && unit < 9) {
		nano /= 1000;
		unit++;
	}
	print_number(nano, to);
	if (!exponent)
		buf_add_text(to, units[unit]);
	else if (unit != 3)
		buf_printf(to, "e%d", (unit - 3) * 3);
}

void quantity_print(const struct quantity *quantity, struct buf *to)
{
	__int128 nano = quantity->nano, small = (__int128)1024 * NANO;

	if (nano == 0)
		buf_add_char(to, '0');
	else if (quantity->format == QUANTITY_BINARY && (nano >= small || nano <= -small) && nano % NANO == 0)
		print_binary(nano / NANO, to);
	else
		print_decimal(nano, quantity->format == QUANTITY_EXPONENT, to);
}

static int64_t divide_up(__int128 nano, int64_t by)
{
	__int128 whole = nano / by;

	whole += nano % by > 0;
	return whole > INT64_MAX ? INT64_MAX : (int64_t)whole;
}

int64_t quantity_value(const struct quantity *quantity)
{
	return divide_up(quantity->nano, NANO);
}

int64_t quantity_milli(const struct quantity *quantity)
{
	return divide_up(quantity->nano, NANO / 1000);
}
