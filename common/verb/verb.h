/* verb.h: what every verb does alike: its options, which objects are meant, output, errors, exit status.
 *
 *	struct verb verb = { .name = "kpods", .about = "list, get and watch pods", … };
 *	struct poptOption options[] = { …, VERB_OPTIONS(&verb) };
 *
 *	if (verb_start(&verb, argc, argv, options) < 0)
 *		return verb_end(&verb);
 *	while ((more = verb_next(&verb, &ref, &err)) > 0)
 *		if (work(&verb, &ref, &err) < 0)
 *			verb_fail(&verb, &err);
 *	…
 *	return verb_end(&verb);
 */
#pragma once

#include <jv.h>
#include <popt.h>
#include <stdbool.h>

#include "api/list.h"
#include "base/err.h"
#include "base/strs.h"
#include "reach/kubeconfig.h"
#include "verb/options.h"
#include "verb/output.h"
#include "verb/ref.h"
#include "verb/source.h"

struct client;
struct discovery;
struct loop;

struct verb_example {
	const char *command, *about;
};

enum verb_table { VERB_OBJECTS, VERB_OUTPUT, VERB_CLUSTER, VERB_GENERAL, VERB_TABLES };
#define VERB_TABLE_ROOM 12

/* The words that can stand behind another one: "load|build|list" behind "images", or first of all (after is ""). */
struct verb_words {
	const char *after, *choices;
};

struct verb {
	/* Set by the verb. */
	const char *name, *about;
	const char *usage;                      /* the words behind the options: "[NAME…]" */
	const struct verb_example *examples;    /* two or more, ended by one without a command */
	const char *kind;                       /* the kind that bare names are of ("pods"); NULL: it is named first */
	bool only;                              /* no other kind will do */
	bool acts;                              /* reads objects from stdin when nothing is named, never takes all */
	bool takes_words;                       /* does not mean objects: words and rest are for itself */
	const struct verb_words *offers;        /* what those can be, to complete; ended by one without choices */

	/* Set by the options of the shared tables. */
	struct ref_options which;
	struct output_options print;
	char *kubeconfig, *context, *request_timeout, *errors;
	int trace, help, version, about_only;

	/* For the verb from verb_start() on. */
	struct words words;                     /* what is no option */
	struct output output;
	struct loop *loop;

	/* The floor's own. */
	struct poptOption tables[VERB_TABLES][VERB_TABLE_ROOM];
	struct refs refs_left;
	struct kubeconfig reach;
	struct client *client;
	struct discovery *discovery;
	int64_t timeout_ms;                     /* --request-timeout */
	struct stream *stream;                  /* of verb_next_one(): the collection that is being listed */
	struct stream_options listing;
	const struct resource *one_resource;
	struct buf one_object;                  /* its last object … */
	struct strs one_held;                   /* … and that one's name, namespace and uid */
	int status;
};

/* The shared tables, and the end of a verb's own; VERB_OPTIONS_WITHOUT_OBJECTS for one that does not take objects. */
#define VERB_OPTIONS(verb)                                                                                             \
	OPTION_GROUP(verb_table(verb, VERB_OBJECTS), "Which objects:"), VERB_OPTIONS_WITHOUT_OBJECTS(verb)
#define VERB_OPTIONS_WITHOUT_OBJECTS(verb)                                                                             \
	OPTION_GROUP(verb_table(verb, VERB_OUTPUT), "Output:"),                                                        \
	OPTION_GROUP(verb_table(verb, VERB_CLUSTER), "Cluster:"),                                                      \
	OPTION_GROUP(verb_table(verb, VERB_GENERAL), "General:"), POPT_TABLEEND
struct poptOption *verb_table(struct verb *verb, enum verb_table which);

/* Reads the options. 0; -1: nothing is left to do (help, version, completion were printed, or the usage error). */
int verb_start(struct verb *verb, int argc, const char **argv, const struct poptOption *options);

/* The cluster, reached when first asked for; NULL with err where no kubeconfig leads to one. Lent. */
struct client *verb_client(struct verb *verb, struct err *err);
struct discovery *verb_discovery(struct verb *verb, struct err *err);
const char *verb_namespace(struct verb *verb);          /* -n, else the context's; after verb_client(). Lent. */

/* Which objects are meant, one reference after the other, lent until the next call. 1, 0 at the end, or -1 where there
 * is no going on; what is wrong with one of them alone is told by verb_fail() on the way.
 * verb_next_one() lists what a selector or --all means and gives each object by itself. */
int verb_next(struct verb *verb, struct ref *ref, struct err *err);
int verb_next_one(struct verb *verb, struct ref *ref, struct err *err);

/* Turns the loop until *count, which callbacks lower, is at_most or less. 0; -1: past deadline_ms (of clock_ms(); 0:
 * none) with ERR_TIMEOUT, or waiting itself failed. */
int verb_settle(struct verb *verb, const unsigned *count, unsigned at_most, int64_t deadline_ms, struct err *err);

/* What to list or watch for a reference. */
struct stream_options verb_listing(const struct verb *verb, const struct ref *ref);

/* Prints an object: bytes, or a value (lent). What goes wrong is told, and the verb goes on. */
void verb_print(struct verb *verb, const char *type, struct slice object);
void verb_print_value(struct verb *verb, const char *type, jv object);

/* One line on stderr, and the exit status where it is the first failure. err is empty afterwards. */
void verb_fail(struct verb *verb, struct err *err);

/* A line on stderr that is no failure. */
void verb_say(const struct verb *verb, const char *text);

/* Prints what is held, releases everything. The exit status. */
int verb_end(struct verb *verb);
