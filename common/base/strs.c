#include "base/strs.h"

#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

void strs_take(struct strs *strs, char *text)
{
	/* Capacity is the next power of two, so it need not be kept. */
	if ((strs->len & (strs->len + 1)) == 0)
		strs->at = mem_grow(strs->at, 2 * (strs->len + 1), sizeof *strs->at);
	strs->at[strs->len++] = text;
	strs->at[strs->len] = NULL;
}

void strs_add(struct strs *strs, const char *text)
{
	strs_take(strs, mem_dup(text));
}

void strs_printf(struct strs *strs, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	strs_take(strs, mem_vprintf(format, args));
	va_end(args);
}

void strs_split(struct strs *strs, const char *text, char separator)
{
	while (*text) {
		const char *end = strchrnul(text, separator);

		if (end > text)
			strs_take(strs, mem_dup_n(text, (size_t)(end - text)));
		text = *end ? end + 1 : end;
	}
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void strs_sort(struct strs *strs)
{
	if (strs->len)
		qsort(strs->at, strs->len, sizeof *strs->at, compare);
}

bool strs_has(const struct strs *strs, const char *text)
{
	for (size_t i = 0; i < strs->len; i++)
		if (strcmp(strs->at[i], text) == 0)
			return true;
	return false;
}

char *strs_join(const struct strs *strs, const char *separator)
{
	struct buf joined = { 0 };

	for (size_t i = 0; i < strs->len; i++) {
		if (i)
			buf_add_text(&joined, separator);
		buf_add_text(&joined, strs->at[i]);
	}
	return buf_steal(&joined);
}

/* How many letters must be changed, put in or left out (Levenshtein). */
static size_t distance(const char *from, const char *to)
{
	size_t len = strlen(to);
	scoped_free size_t *row = mem_array(len + 1, sizeof *row);

	for (size_t i = 0; i <= len; i++)
		row[i] = i;
	for (; *from; from++) {
		size_t aside = row[0]++;

		for (size_t i = 1; i <= len; i++) {
			size_t best = aside + (*from != to[i - 1]);

			aside = row[i];
			if (row[i] + 1 < best)
				best = row[i] + 1;
			if (row[i - 1] + 1 < best)
				best = row[i - 1] + 1;
			row[i] = best;
		}
	}
	return row[len];
}

const char *strs_nearest(const struct strs *strs, const char *word)
{
	size_t len = strlen(word), best = len / 3 + 1;
	const char *nearest = NULL;

	for (size_t i = 0; i < strs->len; i++) {
		size_t far = strncmp(strs->at[i], word, len) == 0 ? 0 : distance(word, strs->at[i]);

		if (far < best || (far == best && !nearest)) {
			best = far;
			nearest = strs->at[i];
		}
	}
	return nearest;
}

void strs_release(struct strs *strs)
{
	for (size_t i = 0; i < strs->len; i++)
		free(strs->at[i]);
	free(strs->at);
	*strs = (struct strs){ 0 };
}
