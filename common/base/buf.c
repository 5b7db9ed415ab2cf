#include "base/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>

#include "base/mem.h"

#define READ_PIECE ((size_t)64 * 1024)

char *buf_room(struct buf *buf, size_t len)
{
	size_t need, cap = buf->cap ? buf->cap : 64;

	if (__builtin_add_overflow(buf->len, len, &need) || need > SIZE_MAX / 4)
		need = SIZE_MAX / 4;    /* which no allocator grants: mem_grow ends the process */
	need += 1;
	if (need > buf->cap) {
		while (cap < need)
			cap *= 2;
		buf->at = mem_grow(buf->at, cap, 1);
		buf->cap = cap;
	}
	return buf->at + buf->len;
}

void buf_add(struct buf *buf, const void *at, size_t len)
{
	char *room = buf_room(buf, len);

	if (len)
		memcpy(room, at, len);
	buf->len += len;
	buf->at[buf->len] = '\0';
}

void buf_add_slice(struct buf *buf, struct slice slice)
{
	buf_add(buf, slice.at, slice.len);
}

void buf_add_text(struct buf *buf, const char *text)
{
	buf_add(buf, text, strlen(text));
}

void buf_add_char(struct buf *buf, char c)
{
	buf_add(buf, &c, 1);
}

void buf_vprintf(struct buf *buf, const char *format, va_list args)
{
	scoped_free char *text = mem_vprintf(format, args);

	buf_add_text(buf, text);
}

void buf_printf(struct buf *buf, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	buf_vprintf(buf, format, args);
	va_end(args);
}

void buf_clear(struct buf *buf)
{
	buf->len = 0;
	if (buf->at)
		buf->at[0] = '\0';
}

void buf_drop_front(struct buf *buf, size_t len)
{
	if (!len)
		return;
	buf->len -= len;
	memmove(buf->at, buf->at + len, buf->len);
	buf->at[buf->len] = '\0';
}

const char *buf_text(const struct buf *buf)
{
	return buf->at ? buf->at : "";
}

char *buf_steal(struct buf *buf)
{
	char *text = buf->at ? buf->at : mem_dup("");

	*buf = (struct buf){ 0 };
	return text;
}

struct slice buf_slice(const struct buf *buf)
{
	return (struct slice){ buf_text(buf), buf->len };
}

void buf_release(struct buf *buf)
{
	free(buf->at);
	*buf = (struct buf){ 0 };
}

ssize_t buf_read(struct buf *buf, int fd)
{
	char *room = buf_room(buf, READ_PIECE);
	ssize_t got;

	do
		got = read(fd, room, READ_PIECE);
	while (got < 0 && errno == EINTR);
	if (got > 0)
		buf->len += (size_t)got;
	buf->at[buf->len] = '\0';
	return got;
}

int buf_read_file(struct buf *buf, const char *path, size_t max)
{
	scoped_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t before = buf->len;
	ssize_t got;

	if (fd < 0)
		return -1;
	while ((got = buf_read(buf, fd)) > 0)
		if (buf->len - before > max) {
			errno = EFBIG;
			return -1;
		}
	return got < 0 ? -1 : 0;
}

struct slice slice_of(const char *text)
{
	return (struct slice){ text, text ? strlen(text) : 0 };
}

bool slice_is(struct slice slice, const char *text)
{
	return slice_equal(slice, slice_of(text));
}

bool slice_equal(struct slice a, struct slice b)
{
	return a.len == b.len && (!a.len || memcmp(a.at, b.at, a.len) == 0);
}

char *slice_dup(struct slice slice)
{
	return mem_dup_n(slice.at, slice.len);
}
