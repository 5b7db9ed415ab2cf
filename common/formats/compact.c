#include "formats/compact.h"

#include "formats/nest.h"

/* The end of a string that begins at at, behind its closing quote. */
static const char *string_end(const char *at, const char *end)
{
	for (at++; at < end && *at != '"'; at++)
		if (*at == '\\' && at + 1 < end)
			at++;
	return at < end ? at + 1 : end;
}

void compact_add(struct buf *to, struct slice json)
{
	const char *at = json.at, *end = json.at + json.len, *from = at;

	buf_room(to, json.len);
	while (at < end) {
		if (*at == '"') {
			at = string_end(at, end);
		} else if (!nest_is_white(*at)) {
			at++;
		} else {
			buf_add(to, from, (size_t)(at - from));
			while (at < end && nest_is_white(*at))
				at++;
			from = at;
		}
	}
	buf_add(to, from, (size_t)(at - from));
}
