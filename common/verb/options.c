#include "verb/options.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"

static unsigned kind_of(const struct poptOption *option)
{
	return option->argInfo & POPT_ARG_MASK;
}

static bool is_end(const struct poptOption *option)
{
	return !option->longName && !option->shortName && !option->arg;
}

static bool is_optional(const struct poptOption *option)
{
	return option->argInfo & POPT_ARGFLAG_OPTIONAL;
}

bool option_takes_next(const struct poptOption *option)
{
	return kind_of(option) != POPT_ARG_NONE && kind_of(option) != POPT_ARG_VAL && !is_optional(option);
}

/* By long name, or by letter where name is empty. */
static const struct poptOption *look_up(const struct poptOption *table, struct slice name, char letter)
{
	for (const struct poptOption *option = table; !is_end(option); option++) {
		const struct poptOption *found = NULL;

		if (kind_of(option) == POPT_ARG_INCLUDE_TABLE)
			found = look_up(option->arg, name, letter);
		else if (name.len ? option->longName && slice_is(name, option->longName) :
				    option->shortName == letter)
			found = option;
		if (found)
			return found;
	}
	return NULL;
}

static const struct poptOption *find_long(const struct poptOption *table, const char *word, const char **value)
{
	const char *end = strchrnul(word, '=');
	struct slice name = { word, (size_t)(end - word) };

	*value = *end ? end + 1 : NULL;
	return name.len ? look_up(table, name, '\0') : NULL;
}

static const struct poptOption *find_letters(const struct poptOption *table, const char *letters, const char **value)
{
	const struct poptOption *option = NULL;

	for (*value = NULL; *letters; letters++) {
		option = look_up(table, (struct slice){ 0 }, *letters);
		if (!option)
			return NULL;
		if (option_takes_next(option)) {
			if (letters[1])
				*value = letters + 1 + (letters[1] == '=');
			return option;
		}
	}
	return option;
}

const struct poptOption *options_find(const struct poptOption *table, const char *word, const char **value)
{
	*value = NULL;
	if (word[0] != '-' || !word[1])
		return NULL;
	return word[1] == '-' ? find_long(table, word + 2, value) : find_letters(table, word + 1, value);
}

void options_each(const struct poptOption *table, void (*each)(void *arg, const struct poptOption *option), void *arg)
{
	for (const struct poptOption *option = table; !is_end(option); option++)
		if (kind_of(option) == POPT_ARG_INCLUDE_TABLE)
			options_each(option->arg, each, arg);
		else if (!(option->argInfo & POPT_ARGFLAG_DOC_HIDDEN))
			each(arg, option);
}

/* One of "a|b|c"? */
static bool is_choice(const char *choices, const char *value)
{
	scoped(strs) struct strs known = { 0 };

	strs_split(&known, choices, '|');
	return strs_has(&known, value);
}

static int add_choice(struct strs *argv, const struct poptOption *option, const char *value, struct err *err)
{
	const char *choices = option->argDescrip;

	if (!value)
		strs_printf(argv, "--%s=%.*s", option->longName, (int)strcspn(choices, "|"), choices);
	else if (is_choice(choices, value))
		strs_printf(argv, "--%s=%s", option->longName, value);
	else
		return err_set(err, ERR_USAGE, NULL, "--%s=%s: it can be %s", option->longName, value, choices);
	return 0;
}

/* --flag=true and --flag=false, as kubectl takes them. */
static int add_flag(struct strs *argv, const struct poptOption *option, const char *value, struct err *err)
{
	if (!is_choice("true|false", value))
		return err_set(err, ERR_USAGE, NULL, "--%s=%s: it can be true or false", option->longName, value);
	if (strcmp(value, "true") == 0)
		strs_printf(argv, "--%s", option->longName);
	return 0;
}

/* The words as popt is to see them: every value in its place, nothing that it reads otherwise than kubectl does. */
static int prepare(int argc, const char **argv, const struct poptOption *table, struct strs *prepared,
	struct words *words, struct err *err)
{
	strs_add(prepared, argv[0]);
	for (int i = 1; i < argc; i++) {
		const char *value;
		const struct poptOption *option = options_find(table, argv[i], &value);

		if (strcmp(argv[i], "--") == 0) {
			for (words->dashes = true; ++i < argc;)
				strs_add(&words->after, argv[i]);
		} else if (option && is_optional(option)) {
			if (add_choice(prepared, option, value, err) < 0)
				return -1;
		} else if (option && value && kind_of(option) == POPT_ARG_NONE) {
			if (add_flag(prepared, option, value, err) < 0)
				return -1;
		} else {
			strs_add(prepared, argv[i]);
			if (option && !value && option_takes_next(option) && i + 1 < argc)
				strs_add(prepared, argv[++i]);
		}
	}
	return 0;
}

/* The variables into which popt puts texts and lists of texts, with what stands there before it does. */
struct slots {
	struct slot {
		char **at;
		char *before;
		bool list;
	} *at;
	size_t len;
};

static void slots_release(struct slots *slots)
{
	free(slots->at);
}

static void find_slots(const struct poptOption *table, struct slots *slots)
{
	for (const struct poptOption *option = table; !is_end(option); option++) {
		unsigned kind = kind_of(option);

		if (kind == POPT_ARG_INCLUDE_TABLE)
			find_slots(option->arg, slots);
		if (kind != POPT_ARG_STRING && kind != POPT_ARG_ARGV)
			continue;
		slots->at = mem_grow(slots->at, slots->len + 1, sizeof *slots->at);
		slots->at[slots->len++] = (struct slot){ option->arg, *(char **)option->arg, kind == POPT_ARG_ARGV };
	}
}

/* What popt has allocated is the words' from here on, whatever the variables point to later. */
static void take_values(const struct slots *slots, struct strs *values)
{
	for (size_t i = 0; i < slots->len; i++) {
		const struct slot *slot = &slots->at[i];

		if (*slot->at == slot->before)
			continue;
		for (char **text = slot->list ? (char **)(void *)*slot->at : NULL; text && *text; text++)
			strs_take(values, *text);
		strs_take(values, *slot->at);
	}
}

int options_parse(int argc, const char **argv, const struct poptOption *table, struct words *words, struct err *err)
{
	scoped(strs) struct strs prepared = { 0 };
	scoped(slots) struct slots slots = { 0 };
	const char **left;
	poptContext popt;
	int got;

	if (prepare(argc, argv, table, &prepared, words, err) < 0)
		return -1;
	find_slots(table, &slots);
	popt = poptGetContext(NULL, (int)prepared.len, (const char **)prepared.at, table, POPT_CONTEXT_NO_EXEC);
	while ((got = poptGetNextOpt(popt)) > 0)
		;
	take_values(&slots, &words->values);
	if (got < -1)
		err_set(err, ERR_USAGE, NULL, "%s: %s", poptBadOption(popt, POPT_BADOPTION_NOALIAS), poptStrerror(got));
	for (left = got < -1 ? NULL : poptGetArgs(popt); left && *left; left++)
		strs_add(&words->before, *left);
	poptFreeContext(popt);
	return got < -1 ? -1 : 0;
}

void options_help(FILE *to, const char *name, const char *usage, const struct poptOption *table)
{
	const char *argv[] = { name, NULL };
	poptContext popt = poptGetContext(NULL, 1, argv, table, POPT_CONTEXT_NO_EXEC);

	poptSetOtherOptionHelp(popt, usage);
	poptPrintHelp(popt, to, 0);
	poptFreeContext(popt);
}

void words_release(struct words *words)
{
	strs_release(&words->before);
	strs_release(&words->values);
	strs_release(&words->after);
	words->dashes = false;
}
