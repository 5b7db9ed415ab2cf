/* options.h: a verb's popt tables: one truth for parsing, --help and completion. Popt does the parsing; this puts
 * kubectl's habits before it (values that may be left out, --flag=false, everything after "--" untouched). */
#pragma once

#include <popt.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/strs.h"

struct err;

/* An option whose value may be left out, and then comes only after "=": OPTION_CHOICE("wait", '\0', &wait, "…",
 * "true|false"). Its value is one of the words between the bars, and the first of them where it is left out. */
#define OPTION_CHOICE(long_name, letter, at, about, choices)                                                           \
	{ long_name, letter, POPT_ARG_STRING | POPT_ARGFLAG_OPTIONAL, at, 0, about, choices }
#define OPTION_FLAG(long_name, letter, at, about) { long_name, letter, POPT_ARG_NONE, at, 0, about, NULL }
#define OPTION_TEXT(long_name, letter, at, about, what) { long_name, letter, POPT_ARG_STRING, at, 0, about, what }
#define OPTION_TEXTS(long_name, letter, at, about, what) { long_name, letter, POPT_ARG_ARGV, at, 0, about, what }
#define OPTION_NUMBER(long_name, letter, at, about, what) { long_name, letter, POPT_ARG_INT, at, 0, about, what }
#define OPTION_GROUP(table, title) { NULL, '\0', POPT_ARG_INCLUDE_TABLE, table, 0, title, NULL }

/* What is left when the options are taken out. */
struct words {
	struct strs before;     /* words that are no options */
	struct strs after;      /* behind "--" */
	bool dashes;            /* there was a "--" */
	struct strs values;     /* of options: the texts that the table's variables point to */
};
void words_release(struct words *words);

/* Sets what the table points to. 0, or -1 (ERR_USAGE). */
int options_parse(int argc, const char **argv, const struct poptOption *table, struct words *words, struct err *err);

/* Popt's help of the table, with "usage" after the program's name. */
void options_help(FILE *to, const char *name, const char *usage, const struct poptOption *table);

/* The option that a word means ("-n", "--namespace", "--namespace=x", "-nx"), looked up through included tables.
 * NULL: none. *value: its value inside the word, or NULL. Of bundled letters (-Aw) it is the last one. */
const struct poptOption *options_find(const struct poptOption *table, const char *word, const char **value);
bool option_takes_next(const struct poptOption *option);       /* its value is the next word when not in this one */

/* Calls each with every option that --help shows. */
void options_each(const struct poptOption *table, void (*each)(void *arg, const struct poptOption *option), void *arg);
