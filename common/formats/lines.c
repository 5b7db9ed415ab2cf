#include "formats/lines.h"

#include "base/err.h"

static void advance(struct lines *lines, size_t len)
{
	lines->piece.at += len;
	lines->piece.len -= len;
	lines->offset += len;
}

void lines_feed(struct lines *lines, const char *at, size_t len)
{
	lines->piece = (struct slice){ at, len };
}

static int over_max(struct lines *lines, size_t max, struct err *err)
{
	return err_set(err, ERR_FAILED, NULL, "the object at byte %zu is larger than %zu bytes",
		lines->offset - lines->held.len, max);
}

/* Where the next object begins. 1: piece is at it; 0: feed more; -1. */
static int find_object(struct lines *lines, struct err *err)
{
	while (lines->piece.len && nest_is_white(*lines->piece.at))
		advance(lines, 1);
	if (!lines->piece.len)
		return 0;
	if (*lines->piece.at != '{')
		return err_set(
			err, ERR_FAILED, NULL, "malformed JSON at byte %zu: a JSON object was expected", lines->offset);
	return 1;
}

int lines_next(struct lines *lines, struct slice *object, struct err *err)
{
	size_t max = lines->max ? lines->max : LINES_MAX;
	ssize_t eaten;
	bool done;

	if (!lines->nest.depth) {
		int found;

		nest_next(&lines->nest);
		buf_clear(&lines->held);
		found = find_object(lines, err);
		if (found <= 0)
			return found;
	}
	eaten = nest_eat(&lines->nest, lines->piece.at, lines->piece.len, lines->offset, &done, err);
	if (eaten < 0)
		return -1;
	if (lines->held.len + (size_t)eaten > max)
		return over_max(lines, max, err);
	*object = (struct slice){ lines->piece.at, (size_t)eaten };
	if (!done || lines->held.len) {
		buf_add_slice(&lines->held, *object);
		*object = buf_slice(&lines->held);
	}
	advance(lines, (size_t)eaten);
	lines->spaced = lines->nest.spaced;
	return done;
}

int lines_end(const struct lines *lines, struct err *err)
{
	if (!lines->nest.depth)
		return 0;
	return err_set(err, ERR_FAILED, NULL, "the input ends at byte %zu, inside the object that began at byte %zu",
		lines->offset, lines->offset - lines->held.len);
}

void lines_release(struct lines *lines)
{
	buf_release(&lines->held);
	*lines = (struct lines){ 0 };
}
