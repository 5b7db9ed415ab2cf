#include "api/gzip.h"

#include <stdlib.h>
#include <strings.h>
#include <zlib.h>

#include "api/request.h"
#include "base/mem.h"

#define PIECE ((size_t)64 * 1024)
#define GZIP_BITS (15 + 16)     /* the largest window, with gzip's header */

bool gzip_accepted(const char *accept_encoding)
{
	scoped(strs) struct strs choices = {0};

	if (accept_encoding)
		strs_split(&choices, accept_encoding, ',');
	for (size_t i = 0; i < choices.len; i++) {
		const char *choice = choices.at[i] + strspn(choices.at[i], " \t");

		if (strncasecmp(choice, "gzip", 4) == 0 && strchr(" \t;", choice[4]))
			return true;
	}
	return false;
}

static void start(z_stream *stream)
{
	if (deflateInit2(stream, 1, Z_DEFLATED, GZIP_BITS, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		abort();        /* fails for want of memory only, as mem_alloc() */
}

void gzip_buf(struct buf *buf)
{
	scoped(buf) struct buf out = {0};
	z_stream stream = {0};
	size_t bound;

	start(&stream);
	bound = deflateBound(&stream, buf->len);
	stream.next_in = (Bytef *)buf->at;
	stream.avail_in = (uInt)buf->len;
	stream.next_out = (Bytef *)buf_room(&out, bound);
	stream.avail_out = (uInt)bound;
	deflate(&stream, Z_FINISH);
	out.len = stream.total_out;
	deflateEnd(&stream);
	buf_release(buf);
	*buf = out;
	out = (struct buf){ 0 };
}

struct gzip {
	struct source source;
	struct source *inner;
	z_stream stream;
	bool fed, ended;        /* inner has given all; so have we */
	char piece[PIECE];
};

static int feed(struct gzip *gzip)
{
	ssize_t got = gzip->inner->read(gzip->inner, gzip->piece, PIECE);

	if (got == SOURCE_CUT)
		return -1;
	gzip->fed = got < 0;
	gzip->stream.next_in = (Bytef *)gzip->piece;
	gzip->stream.avail_in = got > 0 ? (uInt)got : 0;
	return 0;
}

static ssize_t gzip_read(struct source *source, char *at, size_t max)
{
	struct gzip *gzip = (struct gzip *)source;

	gzip->stream.next_out = (Bytef *)at;
	gzip->stream.avail_out = (uInt)max;
	while (!gzip->ended && gzip->stream.avail_out == max) {
		if (!gzip->stream.avail_in && !gzip->fed && feed(gzip) < 0)
			return SOURCE_CUT;
		gzip->ended = deflate(&gzip->stream, gzip->fed ? Z_FINISH : Z_NO_FLUSH) == Z_STREAM_END;
	}
	return gzip->stream.avail_out == max ? SOURCE_END : (ssize_t)(max - gzip->stream.avail_out);
}

static void gzip_free(struct source *source)
{
	struct gzip *gzip = (struct gzip *)source;

	deflateEnd(&gzip->stream);
	gzip->inner->free(gzip->inner);
	free(gzip);
}

struct source *gzip_source(struct source *inner)
{
	struct gzip *gzip = mem_alloc(sizeof *gzip);

	gzip->source = (struct source){ .read = gzip_read, .free = gzip_free, .length = -1 };
	gzip->inner = inner;
	start(&gzip->stream);
	return &gzip->source;
}
