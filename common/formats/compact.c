#include "formats/compact.h"

#include "formats/nest.h"

void compact_add(struct buf *to, struct slice json)
{
	const char *at = json.at, *end = json.at + json.len, *from = at;

	buf_room(to, json.len);
	while (at < end) {
		if (*at == '"') {
			at = nest_string_end(at, end);
			if (!at)
				at = end;
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
