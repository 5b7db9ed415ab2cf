#include "base/clock.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/err.h"
#include "base/mem.h"

#define NS_PER_S INT64_C(1000000000)

int64_t clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t clock_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

static struct tm utc(int64_t seconds)
{
	time_t at = (time_t)seconds;
	struct tm tm = { 0 };

	gmtime_r(&at, &tm);
	return tm;
}

char *clock_format(int64_t seconds)
{
	struct tm tm = utc(seconds);

	return mem_printf("%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
		tm.tm_min, tm.tm_sec);
}

char *clock_format_now(void)
{
	return clock_format(clock_now_ns() / NS_PER_S);
}

char *clock_format_micro(int64_t nanoseconds)
{
	struct tm tm = utc(nanoseconds / NS_PER_S);

	return mem_printf("%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
		tm.tm_hour, tm.tm_min, tm.tm_sec, (int)(nanoseconds % NS_PER_S / 1000));
}

/* Exactly count digits at *at, which moves behind them; below 0 when there are fewer. */
static int digits(const char **at, int count)
{
	int value = 0;

	for (; count; count--, (*at)++) {
		if (!isdigit((unsigned char)**at))
			return -1;
		value = value * 10 + (**at - '0');
	}
	return value;
}

static bool literal(const char **at, const char *any_of)
{
	if (!**at || !strchr(any_of, **at))
		return false;
	(*at)++;
	return true;
}

static bool days_fit(int year, int month, int day)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return month >= 1 && month <= 12 && day >= 1 && day <= days[month - 1] + (leap && month == 2);
}

static bool parse(const char *at, int64_t *nanoseconds)
{
	struct tm tm = { 0 };
	int64_t fraction = 0, unit = NS_PER_S / 10, offset = 0;

	if ((tm.tm_year = digits(&at, 4)) < 0 || !literal(&at, "-") || (tm.tm_mon = digits(&at, 2)) < 0 ||
		!literal(&at, "-") || (tm.tm_mday = digits(&at, 2)) < 0 || !literal(&at, "Tt") ||
		(tm.tm_hour = digits(&at, 2)) < 0 || !literal(&at, ":") || (tm.tm_min = digits(&at, 2)) < 0 ||
		!literal(&at, ":") || (tm.tm_sec = digits(&at, 2)) < 0)
		return false;
	if (!days_fit(tm.tm_year, tm.tm_mon, tm.tm_mday) || tm.tm_hour > 23 || tm.tm_min > 59 || tm.tm_sec > 60)
		return false;
	if (literal(&at, ".")) {
		if (!isdigit((unsigned char)*at))
			return false;
		for (; isdigit((unsigned char)*at); at++, unit /= 10)
			fraction += (*at - '0') * unit;
	}
	if (*at == '+' || *at == '-') {
		int sign = *at++ == '-' ? -1 : 1, hours, minutes;

		if ((hours = digits(&at, 2)) < 0 || !literal(&at, ":") || (minutes = digits(&at, 2)) < 0 ||
			hours > 23 || minutes > 59)
			return false;
		offset = sign * (hours * 60 + minutes) * 60;
	} else if (!literal(&at, "Zz")) {
		return false;
	}
	if (*at)
		return false;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	/* Nanoseconds reach from 1677 to 2262. */
	return !__builtin_mul_overflow((int64_t)timegm(&tm) - offset, NS_PER_S, nanoseconds) &&
	       !__builtin_add_overflow(*nanoseconds, fraction, nanoseconds);
}

int clock_parse(const char *text, int64_t *nanoseconds, struct err *err)
{
	if (!parse(text, nanoseconds))
		return err_set(err, ERR_USAGE, NULL, "\"%s\" is not a time such as 2026-11-24T22:22:42Z", text);
	return 0;
}

static double unit_ms(const char **at)
{
	static const struct {
		const char *name;
		double ms;
	} units[] = { { "ms", 1 }, { "us", 1e-3 }, { "µs", 1e-3 }, { "ns", 1e-6 }, { "h", 3600e3 }, { "m", 60e3 },
		{ "s", 1e3 } };

	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (strncmp(*at, units[i].name, strlen(units[i].name)) == 0) {
			*at += strlen(units[i].name);
			return units[i].ms;
		}
	return -1;
}

/* A sum of numbers with units, or one number alone; below 0 when it is neither. */
static double duration_ms(const char *at)
{
	double total = 0;
	bool first = true;

	for (; *at || first; first = false) {
		char *end = NULL;
		double number, unit;

		if (!isdigit((unsigned char)*at) && *at != '.')
			return -1;
		number = strtod(at, &end);
		if (end == at)
			return -1;
		at = end;
		unit = first && !*at ? 1e3 : unit_ms(&at);
		if (unit < 0)
			return -1;
		total += number * unit;
	}
	return total;
}

int clock_parse_duration(const char *text, int64_t *ms, struct err *err)
{
	double total = duration_ms(text);

	if (!(total >= 0 && total < 9e15))
		return err_set(err, ERR_USAGE, NULL, "\"%s\" is not a duration such as 30s, 5m or 1h30m", text);
	*ms = (int64_t)total;
	return 0;
}

char *clock_age(int64_t seconds)
{
	int64_t minutes = seconds / 60, hours = seconds / 3600, days = hours / 24, years = days / 365;

	if (seconds < -1)
		return mem_dup("<invalid>");
	if (seconds < 0)
		return mem_dup("0s");
	if (seconds < 60 * 2)
		return mem_printf("%" PRId64 "s", seconds);
	if (minutes < 10)
		return seconds % 60 ? mem_printf("%" PRId64 "m%" PRId64 "s", minutes, seconds % 60) :
				      mem_printf("%" PRId64 "m", minutes);
	if (minutes < 60 * 3)
		return mem_printf("%" PRId64 "m", minutes);
	if (hours < 8)
		return minutes % 60 ? mem_printf("%" PRId64 "h%" PRId64 "m", hours, minutes % 60) :
				      mem_printf("%" PRId64 "h", hours);
	if (hours < 48)
		return mem_printf("%" PRId64 "h", hours);
	if (days < 8)
		return hours % 24 ? mem_printf("%" PRId64 "d%" PRId64 "h", days, hours % 24) :
				    mem_printf("%" PRId64 "d", days);
	if (days < 365 * 2)
		return mem_printf("%" PRId64 "d", days);
	if (years < 8)
		return days % 365 ? mem_printf("%" PRId64 "y%" PRId64 "d", years, days % 365) :
				    mem_printf("%" PRId64 "y", years);
	return mem_printf("%" PRId64 "y", years);
}
