#include "formats/members.h"

#include "base/err.h"
#include "formats/nest.h"

static int malformed(const struct members *members, const char *wanted, struct err *err)
{
	return err_set(err, ERR_FAILED, NULL, "malformed JSON at byte %zu: %s was expected", members->at, wanted);
}

/* The next byte that is not white; NUL at the end. */
static char see(struct members *members)
{
	while (members->at < members->object.len && nest_is_white(members->object.at[members->at]))
		members->at++;
	return members->at < members->object.len ? members->object.at[members->at] : '\0';
}

static int take_string(struct members *members, struct slice *string, struct err *err)
{
	const char *begin = members->object.at + members->at, *end = members->object.at + members->object.len;
	const char *behind = nest_string_end(begin, end);

	if (!behind) {
		members->at = members->object.len;
		return malformed(members, "the end of a string", err);
	}
	*string = (struct slice){ begin, (size_t)(behind - begin) };
	members->at += string->len;
	return 0;
}

static int take_bracketed(struct members *members, struct slice *value, struct err *err)
{
	const char *at = members->object.at + members->at;
	struct nest nest;
	ssize_t eaten;
	bool done;

	nest_next(&nest);
	eaten = nest_eat(&nest, at, members->object.len - members->at, members->at, &done, err);
	if (eaten < 0)
		return -1;
	members->at += (size_t)eaten;
	if (!done)
		return malformed(members, "a closing bracket", err);
	*value = (struct slice){ at, (size_t)eaten };
	return 0;
}

static bool ends_word(char c)
{
	return c == ',' || c == '}' || c == ']' || c == ':' || c == '"' || c == '{' || c == '[' || nest_is_white(c);
}

/* A number, true, false or null. */
static int take_word(struct members *members, struct slice *value, struct err *err)
{
	size_t begin = members->at;

	while (members->at < members->object.len && !ends_word(members->object.at[members->at]))
		members->at++;
	if (members->at == begin)
		return malformed(members, "a value", err);
	*value = (struct slice){ members->object.at + begin, members->at - begin };
	return 0;
}

static int take_value(struct members *members, struct slice *value, struct err *err)
{
	switch (see(members)) {
	case '"':
		return take_string(members, value, err);
	case '{':
	case '[':
		return take_bracketed(members, value, err);
	default:
		return take_word(members, value, err);
	}
}

int members_next(struct members *members, struct slice *key, struct slice *value, struct err *err)
{
	bool first = !members->at;
	char c = see(members);

	if (!first && c == '}')
		return 0;
	if (c != (first ? '{' : ','))
		return malformed(members, first ? "{" : "a comma or }", err);
	members->at++;
	c = see(members);
	if (first && c == '}')
		return 0;
	if (c != '"')
		return malformed(members, "a key", err);
	if (take_string(members, key, err) < 0)
		return -1;
	*key = members_text(*key);
	if (see(members) != ':')
		return malformed(members, "a colon", err);
	members->at++;
	return take_value(members, value, err) < 0 ? -1 : 1;
}

struct slice members_text(struct slice value)
{
	if (value.len < 2 || *value.at != '"')
		return (struct slice){ 0 };
	return (struct slice){ value.at + 1, value.len - 2 };
}
