#include "base/mem.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void mem_exhausted(void)
{
	fputs("out of memory\n", stderr);
	exit(1);
}

static void *there(void *at)
{
	if (!at)
		mem_exhausted();
	return at;
}

void *mem_alloc(size_t size)
{
	return there(calloc(1, size ? size : 1));
}

void *mem_array(size_t count, size_t size)
{
	return there(calloc(count ? count : 1, size ? size : 1));
}

void *mem_grow(void *old, size_t count, size_t size)
{
	return there(reallocarray(old, count ? count : 1, size ? size : 1));
}

char *mem_dup(const char *text)
{
	return text ? there(strdup(text)) : NULL;
}

char *mem_dup_n(const char *at, size_t len)
{
	char *copy;

	if (len == SIZE_MAX)
		there(NULL);
	copy = there(malloc(len + 1));
	if (len)
		memcpy(copy, at, len);
	copy[len] = '\0';
	return copy;
}

char *mem_vprintf(const char *format, va_list args)
{
	char *text = NULL;

	if (vasprintf(&text, format, args) < 0)
		there(NULL);
	return text;
}

char *mem_printf(const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = mem_vprintf(format, args);
	va_end(args);
	return text;
}
