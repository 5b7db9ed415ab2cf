#include "verb/complete.h"

#include <stdio.h>

#include "api/client.h"
#include "api/discovery.h"
#include "base/err.h"
#include "base/mem.h"
#include "formats/items.h"
#include "formats/jvs.h"
#include "formats/peek.h"
#include "reach/loop.h"
#include "verb/verb.h"

#define BUDGET_MS 1000
#define METADATA "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"

struct completion {
	struct verb *verb;
	const struct poptOption *options;
	const char *word;               /* what is typed of it */
	const char *lead;               /* what stands before each candidate in the word: "--output=", "pods," */
};

static void offer(const struct completion *completion, const char *candidate, const char *about)
{
	if (strncmp(candidate, completion->word, strlen(completion->word)) == 0)
		printf("%s%s%s%s\n", completion->lead, candidate, about ? "\t" : "", about ? about : "");
}

static void offer_option(void *arg, const struct poptOption *option)
{
	bool takes = option_takes_next(option);
	scoped_free char *candidate = mem_printf("--%s%s", option->longName, takes ? "=" : "");

	offer(arg, candidate, option->descrip);
}

static struct client *reach(const struct completion *completion)
{
	scoped(err) struct err err = { 0 };
	struct client *client = verb_client(completion->verb, &err);

	if (client)
		client_set_timeout(client, BUDGET_MS);
	return client;
}

/* The names of a collection. */
static void offer_names(const struct completion *completion, const struct resource *resource)
{
	struct verb *verb = completion->verb;
	struct call call = {
		.method = "GET",
		.accept = METADATA,
		.target = {
			.group = resource->group,
			.version = resource->version,
			.plural = resource->plural,
			.ns = resource->namespaced ? verb_namespace(verb) : NULL,
			.query = "limit=500",
		},
	};
	scoped(jv) jv list = jv_null();
	scoped(err) struct err err = { 0 };
	scoped(jv) jv items = jv_null();

	if (client_call(verb->client, &call, &list, &err) < 0)
		return;
	items = jvs_get(list, "items");
	for (int i = 0; i < jvs_len(items); i++) {
		scoped(jv) jv item = jvs_item(items, i);
		scoped_free char *name = jvs_get_text(item, "metadata.name");

		if (name)
			offer(completion, name, NULL);
	}
}

static void offer_names_of(const struct completion *completion, const char *kind)
{
	scoped(err) struct err err = { 0 };
	struct discovery *discovery = reach(completion) ? verb_discovery(completion->verb, &err) : NULL;
	const struct resource *resource = discovery ? discovery_find(discovery, kind, &err) : NULL;

	if (resource)
		offer_names(completion, resource);
}

static void offer_kinds(const struct completion *completion)
{
	scoped(err) struct err err = { 0 };
	struct discovery *discovery = reach(completion) ? verb_discovery(completion->verb, &err) : NULL;
	const struct resource *const *all;
	scoped(strs) struct strs told = { 0 };
	size_t count;

	if (!discovery || discovery_all(discovery, &all, &count, &err) < 0)
		return;
	for (size_t i = 0; i < count; i++) {
		scoped_free char *whole = mem_printf("%s.%s", all[i]->plural, all[i]->group);
		bool taken = strs_has(&told, all[i]->plural);   /* by another group, which comes first */

		if (!strs_has(&all[i]->verbs, "list"))
			continue;
		offer(completion, taken ? whole : all[i]->plural, all[i]->kind);
		strs_add(&told, all[i]->plural);
	}
}

static void offer_contexts(const struct completion *completion)
{
	struct kubeconfig_options options = { .path = completion->verb->kubeconfig };
	scoped(strs) struct strs names = { 0 };
	scoped(err) struct err err = { 0 };

	if (kubeconfig_contexts(&options, &names, &err) < 0)
		return;
	for (size_t i = 0; i < names.len; i++)
		offer(completion, names.at[i], NULL);
}

/* The words between the bars of "a|b|c"; one that ends in "=…" is offered up to there. */
static void offer_choices(const struct completion *completion, const char *choices)
{
	scoped(strs) struct strs words = { 0 };

	strs_split(&words, choices, '|');
	for (size_t i = 0; words.len > 1 && i < words.len; i++) {
		char *equals = strchr(words.at[i], '=');

		if (equals)
			equals[1] = '\0';
		offer(completion, words.at[i], NULL);
	}
}

static void offer_values(const struct completion *completion, const struct poptOption *option)
{
	if (strcmp(option->longName, "namespace") == 0)
		offer_names_of(completion, "namespaces");
	else if (strcmp(option->longName, "context") == 0)
		offer_contexts(completion);
	else if (strcmp(option->longName, "output") == 0)
		offer_choices(completion, OUTPUT_FORMS);
	else if (option->argDescrip && strcmp(option->longName, "filename") != 0)
		offer_choices(completion, option->argDescrip);
}

static void offer_words(const struct completion *completion)
{
	const struct strs *before = &completion->verb->words.before;
	const char *last = before->len ? before->at[before->len - 1] : "";

	for (const struct verb_words *words = completion->verb->offers; words && words->choices; words++)
		if (strcmp(words->after, last) == 0)
			offer_choices(completion, words->choices);
}

/* A word that is no option: a name, a kind or KIND/NAME. */
static void offer_objects(struct completion *completion)
{
	const struct verb *verb = completion->verb;
	const struct strs *before = &verb->words.before;
	const char *slash = strchr(completion->word, '/');
	scoped_free char *kind = slash ? mem_dup_n(completion->word, (size_t)(slash - completion->word)) : NULL;
	scoped_free char *lead = slash ? mem_printf("%s/", kind) : NULL;

	if (verb->takes_words) {
		offer_words(completion);
	} else if (slash) {
		completion->lead = lead;
		completion->word = slash + 1;
		offer_names_of(completion, kind);
	} else if (verb->kind) {
		offer_names_of(completion, verb->kind);
	} else if (!before->len) {
		offer_kinds(completion);
	} else if (!strchr(before->at[0], '/')) {
		offer_names_of(completion, before->at[0]);
	}
}

void complete(struct verb *verb, int argc, const char **argv, const struct poptOption *options)
{
	struct completion completion = { verb, options, argc ? argv[argc - 1] : "", "" };
	const char *before = argc > 1 ? argv[argc - 2] : "", *value, *equals = strchr(completion.word, '=');
	const struct poptOption *option = options_find(options, before, &value);
	scoped_free char *lead = equals ? mem_dup_n(completion.word, (size_t)(equals + 1 - completion.word)) : NULL;
	scoped(strs) struct strs words = { 0 };
	scoped(err) struct err err = { 0 };

	strs_add(&words, verb->name);
	for (int i = 0; i + 1 < argc; i++)
		strs_add(&words, argv[i]);
	options_parse((int)words.len, (const char **)words.at, options, &verb->words, &err);
	verb->loop = loop_new();
	if (option && !value && option_takes_next(option)) {
		offer_values(&completion, option);
	} else if (completion.word[0] != '-') {
		offer_objects(&completion);
	} else if (equals && (option = options_find(options, completion.word, &value))) {
		completion.lead = lead;
		completion.word = equals + 1;
		offer_values(&completion, option);
	} else {
		options_each(options, offer_option, &completion);
	}
}
