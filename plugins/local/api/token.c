#include "api/token.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "formats/jvs.h"

#define VERSION "meta.k8s.io/v1"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static char *encode(struct slice bytes)
{
	scoped(buf) struct buf text = {0};

	for (size_t i = 0; i < bytes.len; i += 3) {
		uint32_t bits = 0;

		for (size_t j = 0; j < 3; j++)
			bits = bits << 8 | (i + j < bytes.len ? (unsigned char)bytes.at[i + j] : 0);
		for (size_t j = 0; j < 4 && i + j <= bytes.len; j++)
			buf_add_char(&text, alphabet[bits >> (18 - 6 * j) & 63]);
	}
	return buf_steal(&text);
}

/* 0, or -1 with the number of the wrong byte. */
static int decode(const char *text, struct buf *bytes, size_t *wrong)
{
	uint32_t bits = 0;
	unsigned have = 0;

	for (size_t i = 0; text[i]; i++) {
		const char *at = strchr(alphabet, text[i]);

		*wrong = i;
		if (!at)
			return -1;
		bits = bits << 6 | (uint32_t)(at - alphabet);
		have += 6;
		if (have < 8)
			continue;
		have -= 8;
		buf_add_char(bytes, (char)(bits >> have));
	}
	return have == 6 ? -1 : 0;
}

char *token_make(uint64_t version, const char *key)
{
	scoped(buf) struct buf json = {0};
	scoped(jv) jv start = jv_string_concat(jv_string("/"), jv_string(key));

	if (version)
		buf_printf(&json, "{\"v\":\"" VERSION "\",\"rv\":%" PRIu64 ",\"start\":", version);
	else
		buf_add_text(&json, "{\"v\":\"" VERSION "\",\"rv\":-1,\"start\":");
	jvs_print(start, &json);
	json.len--;             /* the quote: a NUL stands before it, so that the key itself is left out */
	buf_add_text(&json, "\\u0000\"}");
	return encode(buf_slice(&json));
}

static int refuse_token(struct err *err, const char *why, const char *detail)
{
	return err_set(
		err, ERR_FAILED, "BadRequest", "invalid continue token: continue key is not valid: %s%s", why, detail);
}

static int take_fields(jv token, uint64_t *version, char **key, struct err *err)
{
	scoped_free char *v = jvs_get_text(token, "v"), *start = jvs_get_text(token, "start");
	int64_t rv = jvs_get_int(token, "rv", 0);

	if (!v || strcmp(v, VERSION) != 0)
		return err_set(err, ERR_FAILED, "BadRequest", "invalid continue token: continue key is not valid: "
			"server does not recognize this encoded version \"%s\"", v ? v : "");
	if (rv == 0 || rv < -1)
		return refuse_token(err, "incorrect encoded start resourceVersion (version " VERSION ")", "");
	if (!start || !*start)
		return refuse_token(err, "encoded start key empty (version " VERSION ")", "");
	if (*start != '/' || strstr(start, "/../"))
		return refuse_token(err, "invalid start key", "");
	*version = rv < 0 ? 0 : (uint64_t)rv;
	*key = mem_dup(start + 1);
	return 0;
}

int token_read(const char *text, uint64_t *version, char **key, struct err *err)
{
	scoped(buf) struct buf bytes = {0};
	scoped(jv) jv token = jv_null();
	char first[2] = { 0 };
	size_t wrong = 0;

	*key = NULL;
	if (decode(text, &bytes, &wrong) < 0)
		return err_set(err, ERR_FAILED, "BadRequest", "invalid continue token: continue key is not valid: "
			"illegal base64 data at input byte %zu", wrong);
	first[0] = *buf_text(&bytes);
	if (jvs_parse(buf_slice(&bytes), &token, NULL) < 0 || !jvs_is(token, JV_KIND_OBJECT))
		return err_set(err, ERR_FAILED, "BadRequest", "invalid continue token: continue key is not valid: "
			"invalid character '%s' looking for beginning of value", first);
	return take_fields(token, version, key, err);
}
