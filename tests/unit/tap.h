/* tap.h: the Test Anything Protocol for the unit tests: ok(…) for each case, return tap_end() from main. */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int tap_count, tap_failed;

__attribute__((format(printf, 4, 5))) static inline bool tap_ok(
	bool good, const char *file, int line, const char *words, ...)
{
	va_list args;

	printf("%s %d - ", good ? "ok" : "not ok", ++tap_count);
	va_start(args, words);
	vprintf(words, args);
	va_end(args);
	printf("\n");
	if (!good) {
		tap_failed++;
		printf("# %s:%d\n", file, line);
	}
	fflush(stdout);
	return good;
}

/* Tells what stood there, each line behind its mark, so that a text of many lines stays a comment. */
static inline void tap_show(const char *mark, const char *text)
{
	printf("# %s: ", mark);
	for (; text && *text; text++) {
		putchar(*text);
		if (*text == '\n' && text[1])
			printf("# ");
	}
	printf(text ? "\n" : "(none)\n");
}

static inline bool tap_same(const char *got, const char *wanted, const char *file, int line, const char *words)
{
	bool good = got == wanted || (got && wanted && !strcmp(got, wanted));

	tap_ok(good, file, line, "%s", words);
	if (!good) {
		tap_show("got", got);
		tap_show("wanted", wanted);
	}
	return good;
}

/* ok(condition, "words %d", …): one case. same(got, wanted, words): two texts, of which NULL is one. True: passed. */
#define ok(condition, ...) tap_ok((condition), __FILE__, __LINE__, __VA_ARGS__)
#define same(got, wanted, words) tap_same((got), (wanted), __FILE__, __LINE__, (words))

static inline int tap_end(void)
{
	printf("1..%d\n", tap_count);
	return tap_failed != 0;
}
