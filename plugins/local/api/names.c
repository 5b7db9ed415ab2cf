#include "api/names.h"

#include <ctype.h>
#include <string.h>
#include <sys/random.h>

#include "api/invalid.h"
#include "base/buf.h"
#include "base/mem.h"
#include "base/strs.h"
#include "formats/jvs.h"

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"
#define ALNUM LOWER UPPER DIGITS

/* What a name is made of, and upstream's words and regular expression for it. */
static const struct rule {
	const char *first, *middle, *last; /* characters; middle of all where the others are NULL */
	const char *words, *regex;
	const char *examples[4];
	int max;
	bool may_be_empty;
	bool bytes; /* upstream counts bytes here, and calls them characters elsewhere */
} rules[] = {
	[NAME_LABEL] = { LOWER DIGITS, LOWER DIGITS "-", LOWER DIGITS,
		"a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must "
		"start and end with an alphanumeric character",
		"[a-z0-9]([-a-z0-9]*[a-z0-9])?", { "my-name", "123-abc" }, 63, false, false },
	[NAME_SUBDOMAIN] = { NULL, NULL, NULL, /* labels joined by dots */
		"a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and "
		"must start and end with an alphanumeric character",
		"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*", { "example.com" }, 253, false,
		false },
	[NAME_LABEL_1035] = { LOWER, LOWER DIGITS "-", LOWER DIGITS,
		"a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an "
		"alphabetic character, and end with an alphanumeric character",
		"[a-z]([-a-z0-9]*[a-z0-9])?", { "my-name", "abc-123" }, 63, false, false },
	[NAME_KEY] = { ALNUM, ALNUM "-_.", ALNUM,
		"must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
		"alphanumeric character",
		"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]", { "MyName", "my.name", "123-abc" }, 63, false, true },
	[NAME_VALUE] = { ALNUM, ALNUM "-_.", ALNUM,
		"a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and "
		"must start and end with an alphanumeric character",
		"(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?", { "MyValue", "my_value", "12345" }, 63, true, true },
	[NAME_CONFIG_KEY] = { NULL, ALNUM "-._", NULL,
		"a valid config key must consist of alphanumeric characters, '-', '_' or '.'", "[-._a-zA-Z0-9]+",
		{ "key.name", "KEY_NAME", "key-name" }, 253, false, false },
	[NAME_HEADER] = { NULL, ALNUM "-", NULL, "a valid HTTP header must consist of alphanumeric characters or '-'",
		"[-A-Za-z0-9]+", { "X-Header-Name" }, 0, false, false },
};

static bool fits(const struct rule *rule, const char *at, size_t len)
{
	if (!len)
		return rule->may_be_empty;
	if (rule->first && !(strchr(rule->first, *at) && strchr(rule->last, at[len - 1])))
		return false;
	return strspn(at, rule->middle) >= len;
}

static bool is_subdomain(const char *text)
{
	for (;;) {
		size_t len = strcspn(text, ".");

		if (!fits(&rules[NAME_LABEL], text, len))
			return false;
		if (!text[len])
			return true;
		text += len + 1;
	}
}

static void add_regex(const struct rule *rule, const char *prefix, struct strs *faults)
{
	scoped(buf) struct buf text = { 0 };

	buf_printf(&text, "%s%s (e.g. ", prefix, rule->words);
	for (size_t i = 0; rule->examples[i]; i++)
		buf_printf(&text, "%s'%s', ", i ? " or " : "", rule->examples[i]);
	buf_printf(&text, "regex used for validation is '%s')", rule->regex);
	strs_add(faults, buf_text(&text));
}

static void add_max(const struct rule *rule, const char *prefix, struct strs *faults)
{
	strs_printf(faults, "%smust be no more than %d %s", prefix, rule->max, rule->bytes ? "bytes" : "characters");
}

static void check_plain(enum name_rule which, const char *text, const char *prefix, struct strs *faults)
{
	const struct rule *rule = &rules[which];

	if (rule->max && strlen(text) > (size_t)rule->max)
		add_max(rule, prefix, faults);
	if (which == NAME_LABEL && strchr(text, '.') && is_subdomain(text))
		strs_printf(faults, "%smust not contain dots", prefix);
	else if (which == NAME_SUBDOMAIN ? !is_subdomain(text) : !fits(rule, text, strlen(text)))
		add_regex(rule, prefix, faults);
}

static void check_key(const char *text, struct strs *faults)
{
	const char *slash = strchr(text, '/'), *name = slash ? slash + 1 : text;
	const struct rule *rule = &rules[NAME_KEY];

	if (slash && strchr(name, '/')) {
		scoped(strs) struct strs words = { 0 };

		add_regex(rule, "a qualified name ", &words);
		strs_printf(faults, "%s with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')",
			words.at[0]);
		return;
	}
	if (slash) {
		scoped_free char *prefix = mem_dup_n(text, (size_t)(slash - text));

		if (!*prefix)
			strs_add(faults, "prefix part must be non-empty");
		else
			check_plain(NAME_SUBDOMAIN, prefix, "prefix part ", faults);
	}
	if (!*name)
		strs_add(faults, "name part must be non-empty");
	else if (strlen(name) > (size_t)rule->max)
		add_max(rule, "name part ", faults);
	if (!fits(rule, name, strlen(name)))
		add_regex(rule, "name part ", faults);
}

static void check_path(const char *text, struct strs *faults)
{
	if (!strcmp(text, ".") || !strcmp(text, ".."))
		strs_printf(faults, "may not be '%s'", text);
	for (const char *mark = "/%"; *mark; mark++)
		if (strchr(text, *mark))
			strs_printf(faults, "may not contain '%c'", *mark);
}

/* A name of a file must not leave its folder. */
static void check_dots(const char *text, struct strs *faults)
{
	if (!strcmp(text, ".") || !strcmp(text, ".."))
		strs_printf(faults, "must not be '%s'", text);
	else if (!strncmp(text, "..", 2))
		strs_add(faults, "must not start with '..'");
}

static void check_env(const char *text, struct strs *faults)
{
	if (!*text)
		strs_add(faults, "environment variable name must be non-empty");
	for (const char *at = text; *at; at++) {
		if (*at < ' ' || *at > '~' || *at == '=') {
			strs_add(faults, "a valid environment variable name must consist only of printable ASCII "
					 "characters other than '='");
			return;
		}
	}
}

static void check_port(const char *text, struct strs *faults)
{
	size_t len = strlen(text);

	if (len > 15)
		strs_add(faults, "must be no more than 15 characters");
	if (!len || strspn(text, LOWER DIGITS "-") < len)
		strs_add(faults, "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
	if (!strpbrk(text, LOWER))
		strs_add(faults, "must contain at least one letter (a-z)");
	if (strstr(text, "--"))
		strs_add(faults, "must not contain consecutive hyphens");
	if (len && (*text == '-' || text[len - 1] == '-'))
		strs_add(faults, "must not begin or end with a hyphen");
}

static void check_percent(const char *text, struct strs *faults)
{
	size_t digits = strspn(text, DIGITS);

	if (!digits || strcmp(text + digits, "%") != 0)
		strs_add(faults, "a valid percent string must be a numeric string followed by an ending '%' (e.g. "
				 "'1%',  or '93%', regex used for validation is '[0-9]+%')");
}

void names_check(enum name_rule rule, const char *text, struct strs *faults)
{
	switch (rule) {
	case NAME_KEY:
		check_key(text, faults);
		break;
	case NAME_PATH:
		check_path(text, faults);
		break;
	case NAME_ENV:
		check_env(text, faults);
		break;
	case NAME_PORT:
		check_port(text, faults);
		break;
	case NAME_PERCENT:
		check_percent(text, faults);
		break;
	default:
		check_plain(rule, text, "", faults);
		if (rule == NAME_CONFIG_KEY)
			check_dots(text, faults);
	}
}

void invalid_name(struct causes *causes, const struct at *at, enum name_rule rule, const char *text)
{
	scoped(strs) struct strs faults = { 0 };

	names_check(rule, text, &faults);
	for (size_t i = 0; i < faults.len; i++) {
		scoped(jv) jv value = jv_string(text);

		invalid(causes, at, value, "%s", faults.at[i]);
	}
}

void names_suffix(char suffix[NAME_SUFFIX + 1])
{
	static const char letters[] = "bcdfghjklmnpqrstvwxz2456789";
	unsigned char random[NAME_SUFFIX * 4];
	size_t made = 0;

	while (made < NAME_SUFFIX) {
		if (getrandom(random, sizeof random, 0) < 0)
			continue;
		/* Above a multiple of the alphabet's size some letters would come more often. */
		for (size_t i = 0; i < sizeof random && made < NAME_SUFFIX; i++)
			if (random[i] < 256 / (sizeof letters - 1) * (sizeof letters - 1))
				suffix[made++] = letters[random[i] % (sizeof letters - 1)];
	}
	suffix[NAME_SUFFIX] = '\0';
}
