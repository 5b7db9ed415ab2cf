#include "formats/labels.h"

#include <ctype.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/strs.h"

#define MAX_NAME 63
#define MAX_PREFIX 253

#define ENDS "and must start and end with an alphanumeric character "
#define NAME_RULE                                                                                                      \
	"must consist of alphanumeric characters, '-', '_' or '.', " ENDS "(e.g. 'MyName',  or 'my.name',  or "        \
	"'123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
#define SUBDOMAIN_RULE                                                                                                 \
	"a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', " ENDS         \
	"(e.g. 'example.com', regex used for validation is "                                                           \
	"'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
#define VALUE_RULE                                                                                                     \
	"a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', " ENDS          \
	"(e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "                                  \
	"'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"

static bool is_alphanumeric(char c)
{
	return isascii(c) && isalnum((unsigned char)c);
}

/* ([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9] */
static bool is_name(const char *text)
{
	size_t len = strlen(text);

	if (!len || !is_alphanumeric(text[0]) || !is_alphanumeric(text[len - 1]))
		return false;
	for (const char *at = text; *at; at++)
		if (!is_alphanumeric(*at) && !strchr("-_.", *at))
			return false;
	return true;
}

/* Parts of a-z, 0-9 and inner dashes, joined by dots. */
static bool is_subdomain(const char *text)
{
	char before = '.';

	for (; *text; before = *text++) {
		bool plain = islower((unsigned char)*text) || isdigit((unsigned char)*text);

		if (!isascii(*text) || !(plain || *text == '-' || *text == '.'))
			return false;
		if (!plain && before == '.')
			return false;
		if (*text == '.' && before == '-')
			return false;
	}
	return before != '.' && before != '-';
}

static void check_prefix(const char *prefix, struct strs *wrong)
{
	if (!*prefix) {
		strs_add(wrong, "prefix part must be non-empty");
		return;
	}
	if (strlen(prefix) > MAX_PREFIX)
		strs_printf(wrong, "prefix part must be no more than %d bytes", MAX_PREFIX);
	if (!is_subdomain(prefix))
		strs_add(wrong, "prefix part " SUBDOMAIN_RULE);
}

void labels_check_key(const char *key, struct strs *wrong)
{
	const char *slash = strchr(key, '/'), *name = slash ? slash + 1 : key;

	if (strchr(name, '/')) {
		strs_add(wrong, "a valid label key " NAME_RULE
			" with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')");
		return;
	}
	if (slash) {
		scoped_free char *prefix = mem_dup_n(key, (size_t)(slash - key));

		check_prefix(prefix, wrong);
	}
	if (!*name)
		strs_add(wrong, "name part must be non-empty");
	else if (strlen(name) > MAX_NAME)
		strs_printf(wrong, "name part must be no more than %d bytes", MAX_NAME);
	if (!is_name(name))
		strs_add(wrong, "name part " NAME_RULE);
}

void labels_check_value(const char *value, struct strs *wrong)
{
	if (strlen(value) > MAX_NAME)
		strs_printf(wrong, "must be no more than %d bytes", MAX_NAME);
	if (*value && !is_name(value))
		strs_add(wrong, VALUE_RULE);
}
