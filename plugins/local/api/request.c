#include "api/request.h"

#include <errno.h>
#include <stdlib.h>

#include "api/reply.h"
#include "base/mem.h"

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

char *url_unescape(const char *at, size_t len, bool plus_is_blank)
{
	scoped(buf) struct buf text = {0};

	for (size_t i = 0; i < len; i++) {
		int high, low;

		if (at[i] != '%') {
			buf_add_char(&text, at[i] == '+' && plus_is_blank ? ' ' : at[i]);
			continue;
		}
		high = i + 2 < len ? hex(at[i + 1]) : -1;
		low = high >= 0 ? hex(at[i + 2]) : -1;
		if (low < 0 || !(high | low))
			return NULL;
		buf_add_char(&text, (char)(high << 4 | low));
		i += 2;
	}
	return buf_steal(&text);
}

static void query_add(struct query *query, const char *at, size_t len)
{
	const char *equals = memchr(at, '=', len);
	size_t key_len = equals ? (size_t)(equals - at) : len;
	scoped_free char *key = url_unescape(at, key_len, true);
	scoped_free char *value = equals ? url_unescape(equals + 1, len - key_len - 1, true) : mem_dup("");

	if (!key || !value)
		return;         /* as Go's url.Query(): what is malformed is not there */
	strs_take(&query->keys, steal(key));
	strs_take(&query->values, steal(value));
}

void query_parse(struct query *query, const char *text)
{
	while (*text) {
		const char *end = strchrnul(text, '&');

		if (end > text)
			query_add(query, text, (size_t)(end - text));
		text = *end ? end + 1 : end;
	}
}

const char *query_get(const struct query *query, const char *key)
{
	for (size_t i = 0; i < query->keys.len; i++)
		if (strcmp(query->keys.at[i], key) == 0)
			return query->values.at[i];
	return NULL;
}

bool query_flag(const struct query *query, const char *key)
{
	const char *value = query_get(query, key);

	return value && strcasecmp(value, "false") != 0 && strcmp(value, "0") != 0;
}

void query_release(struct query *query)
{
	strs_release(&query->keys);
	strs_release(&query->values);
}

int request_number(struct request *request, const char *key, int64_t otherwise, int64_t *number)
{
	const char *value = query_get(&request->query, key);
	char *end = NULL;

	*number = otherwise;
	if (!value)
		return 0;
	errno = 0;
	*number = strtoll(value, &end, 10);
	if (end == value || *end || strchr(" \t\n", *value))
		return reply_fail(request, 400, "BadRequest", jv_invalid(),
			"strconv.ParseInt: parsing \"%s\": invalid syntax", value);
	if (errno)
		return reply_fail(request, 400, "BadRequest", jv_invalid(),
			"strconv.ParseInt: parsing \"%s\": value out of range", value);
	return 0;
}

static void answer_release(struct answer *answer)
{
	strs_release(&answer->headers);
	buf_release(&answer->bytes);
	if (answer->source)
		answer->source->free(answer->source);
	*answer = (struct answer){ 0 };
}

void request_release(struct request *request)
{
	free(request->method);
	free(request->path);
	query_release(&request->query);
	free(request->accept);
	free(request->content_type);
	free(request->user_agent);
	free(request->encoding);
	free(request->if_none_match);
	buf_release(&request->body);
	free(request->user.name);
	free(request->user.uid);
	strs_release(&request->user.groups);
	strs_release(&request->parts);
	answer_release(&request->answer);
	*request = (struct request){ 0 };
}
