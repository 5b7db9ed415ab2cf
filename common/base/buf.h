/* buf.h: bytes that grow (struct buf) and bytes that are lent (struct slice). */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/types.h>

#include "base/scoped.h"

/* Lent bytes, no NUL at their end; at NULL is "none", which is empty too. */
struct slice {
	const char *at;
	size_t len;
};

/* Owned bytes; after the first write a NUL stands behind them, so text can be used as a string. Zero is empty. */
struct buf {
	char *at;
	size_t len, cap;
};

void buf_add(struct buf *buf, const void *at, size_t len);
void buf_add_slice(struct buf *buf, struct slice slice);
void buf_add_text(struct buf *buf, const char *text);
void buf_add_char(struct buf *buf, char c);
void buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buf_vprintf(struct buf *buf, const char *format, va_list args) __attribute__((format(printf, 2, 0)));

/* Room for len more bytes behind the end; write there, then add to buf->len. */
char *buf_room(struct buf *buf, size_t len);

void buf_clear(struct buf *buf);                  /* empty, the memory is kept */
void buf_drop_front(struct buf *buf, size_t len); /* removes the first len bytes */
const char *buf_text(const struct buf *buf);      /* "" for a fresh one; lent */
char *buf_steal(struct buf *buf);                 /* gives the string away ("" for a fresh one); buf is fresh again */
struct slice buf_slice(const struct buf *buf);
void buf_release(struct buf *buf);

/* Appends what read(2) gives, up to a piece's size. Bytes read; 0 at the end; -1 with errno (EAGAIN too). */
ssize_t buf_read(struct buf *buf, int fd);

/* Appends a whole file of at most max bytes. 0; -1 with errno (EFBIG over max). */
int buf_read_file(struct buf *buf, const char *path, size_t max);

struct slice slice_of(const char *text);          /* NULL gives none */
bool slice_is(struct slice slice, const char *text);
bool slice_equal(struct slice a, struct slice b);
char *slice_dup(struct slice slice);              /* a string; the caller frees */
