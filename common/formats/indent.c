#include "formats/indent.h"

#include "formats/nest.h"

static void new_line(struct buf *to, unsigned blanks)
{
	char *room = buf_room(to, (size_t)blanks + 1);

	room[0] = '\n';
	memset(room + 1, ' ', blanks);
	to->len += (size_t)blanks + 1;
	to->at[to->len] = '\0';
}

/* The end of what begins at at and is copied as it is: a string with its quotes, or a number or word. */
static const char *run_end(const char *at, const char *end)
{
	const char *behind = *at == '"' ? nest_string_end(at, end) : at;

	if (behind != at)
		return behind ? behind : end;
	while (at < end && !memchr(",:{}[]", *at, 6) && !nest_is_white(*at))
		at++;
	return at;
}

static const char *skip_space(const char *at, const char *end)
{
	while (at < end && nest_is_white(*at))
		at++;
	return at;
}

void indent_add(struct buf *to, struct slice json, unsigned level, unsigned blanks)
{
	const char *at = skip_space(json.at, json.at + json.len), *end = json.at + json.len, *next;

	for (; at < end; at = skip_space(next, end)) {
		next = at + 1;
		switch (*at) {
		case '{':
		case '[':
			next = skip_space(next, end);
			buf_add_char(to, *at);
			if (next < end && (*next == '}' || *next == ']'))
				buf_add_char(to, *next++);
			else
				new_line(to, ++level * blanks);
			break;
		case '}':
		case ']':
			new_line(to, --level * blanks);
			buf_add_char(to, *at);
			break;
		case ',':
			buf_add_char(to, ',');
			new_line(to, level * blanks);
			break;
		case ':':
			buf_add(to, ": ", 2);
			break;
		default:
			next = run_end(at, end);
			buf_add(to, at, (size_t)(next - at));
		}
	}
}
