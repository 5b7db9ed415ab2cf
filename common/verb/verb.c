#include "verb/verb.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>

#include "api/client.h"
#include "api/discovery.h"
#include "base/clock.h"
#include "base/mem.h"
#include "formats/items.h"
#include "formats/jvs.h"
#include "formats/peek.h"
#include "reach/http.h"
#include "reach/loop.h"
#include "verb/complete.h"

static void put(struct poptOption *table, struct poptOption option)
{
	while (table->longName)
		table++;
	*table = option;
}

#define PUT(...) put(table, (struct poptOption)__VA_ARGS__)

static void fill_objects(struct verb *verb, struct poptOption *table)
{
	struct ref_options *which = &verb->which;

	PUT(OPTION_TEXT("namespace", 'n', &which->ns, "in this namespace, not in the context's", "NAME"));
	PUT(OPTION_FLAG("all-namespaces", 'A', &which->all_namespaces, "in every namespace"));
	PUT(OPTION_TEXT("selector", 'l', &which->labels, "with these labels: app=web,tier in (a,b),!canary",
		"SELECTOR"));
	PUT(OPTION_TEXT("field-selector", '\0', &which->fields, "with these fields: status.phase=Running", "SELECTOR"));
	if (verb->acts)
		PUT(OPTION_FLAG("all", '\0', &which->all, "all of the kind"));
	PUT(OPTION_TEXTS("filename", 'f', &which->files, "those that are described there", "FILE|DIR|URL|-"));
}

static void fill_output(struct verb *verb, struct poptOption *table)
{
	struct output_options *print = &verb->print;

	PUT(OPTION_TEXT("output", 'o', &print->form,
		"table (on a terminal), jsonl (elsewhere), json, yaml, name, wide or custom-columns=NAME:PATH,...",
		"FORM"));
	PUT(OPTION_TEXT("filter", 'q', &print->filter, "print what this jq program makes of each object", "FILTER"));
	PUT(OPTION_FLAG("raw", 'r', &print->raw, "print the filter's strings without quotes"));
	PUT(OPTION_FLAG("events", '\0', &print->events,
		"print {\"type\":...,\"object\":...}: what happened to it, too"));
	PUT(OPTION_FLAG("no-headers", '\0', &print->no_headers, "print tables without their header"));
}

static void fill_cluster(struct verb *verb, struct poptOption *table)
{
	PUT(OPTION_TEXT("context", '\0', &verb->context, "talk to the cluster of this context", "NAME"));
	PUT(OPTION_TEXT("kubeconfig", '\0', &verb->kubeconfig, "read this kubeconfig and no other", "FILE"));
	PUT(OPTION_TEXT("request-timeout", '\0', &verb->request_timeout, "give up a request after this time (5s, 1m)",
		"DURATION"));
	PUT(OPTION_FLAG("verbose", 'v', &verb->trace, "tell each request on stderr"));
}

static void fill_general(struct verb *verb, struct poptOption *table)
{
	static const int hidden = POPT_ARG_NONE | POPT_ARGFLAG_DOC_HIDDEN;

	PUT(OPTION_TEXT("errors", '\0', &verb->errors, "print errors as lines of text or of JSON", "text|json"));
	PUT(OPTION_FLAG("help", 'h', &verb->help, "print this"));
	PUT(OPTION_FLAG("version", '\0', &verb->version, "print the version"));
	PUT({ "about", '\0', hidden, &verb->about_only, 0, NULL, NULL });
}

struct poptOption *verb_table(struct verb *verb, enum verb_table which)
{
	static void (*const fill[])(struct verb *verb, struct poptOption *table) = {
		[VERB_OBJECTS] = fill_objects,
		[VERB_OUTPUT] = fill_output,
		[VERB_CLUSTER] = fill_cluster,
		[VERB_GENERAL] = fill_general,
	};

	fill[which](verb, verb->tables[which]);
	return verb->tables[which];
}

static void print_help(const struct verb *verb, const struct poptOption *options)
{
	printf("%s: %s\n", verb->name, verb->about);
	fflush(stdout);
	options_help(stdout, verb->name, verb->usage, options);
	printf("\nExamples:\n");
	for (const struct verb_example *example = verb->examples; example->command; example++)
		printf("  %s\n      %s\n", example->command, example->about);
}

/* What is answered without doing anything else. True where it was. */
static bool answered(const struct verb *verb, const struct poptOption *options)
{
	if (verb->help)
		print_help(verb, options);
	else if (verb->version)
		printf("%s %s\n", verb->name, PODLINE_VERSION);
	else if (verb->about_only)
		printf("%s\n", verb->about);
	return verb->help || verb->version || verb->about_only;
}

static void flush_when_idle(void *arg)
{
	struct verb *verb = arg;
	scoped(err) struct err err = { 0 };

	if (output_flush(&verb->output, &err) < 0)
		verb_fail(verb, &err);
}

static int check_options(struct verb *verb, struct err *err)
{
	if (verb->request_timeout && clock_parse_duration(verb->request_timeout, &verb->timeout_ms, err) < 0)
		return err_wrap(err, "--request-timeout=%s", verb->request_timeout);
	if (verb->errors && strcmp(verb->errors, "text") != 0 && strcmp(verb->errors, "json") != 0)
		return err_set(err, ERR_USAGE, NULL, "--errors=%s: it can be text or json", verb->errors);
	if (verb->which.ns && !*verb->which.ns)         /* a variable that is not set must not mean the context's */
		return err_set(err, ERR_USAGE, NULL, "--namespace is empty");
	if (output_init(&verb->output, &verb->print, err) < 0)
		return -1;
	verb->output.acts = verb->output.live = verb->acts;
	verb->output.with_namespace = verb->which.all_namespaces;
	verb->output.many = true;
	output_watch_reader(&verb->output, verb->loop);
	if (verb->takes_words)
		return 0;
	if (verb->words.dashes)
		for (size_t i = 0; i < verb->words.after.len; i++)
			strs_add(&verb->words.before, verb->words.after.at[i]);
	if (refs_plan(&verb->refs_left, &verb->words.before, &verb->which, verb->kind, verb->acts, verb->loop, err) < 0)
		return -1;
	verb->output.many = refs_are_many(&verb->refs_left);
	verb->output.with_kind = refs_are_mixed(&verb->refs_left);
	return 0;
}

int verb_start(struct verb *verb, int argc, const char **argv, const struct poptOption *options)
{
	scoped(err) struct err err = { 0 };

	signal(SIGPIPE, SIG_IGN);       /* a closed socket is to be told; a closed stdout ends us in output.c */
	if (argc > 1 && strcmp(argv[1], "--complete") == 0) {
		complete(verb, argc - 2, argv + 2, options);
		return -1;
	}
	if (options_parse(argc, argv, options, &verb->words, &err) < 0) {
		verb_fail(verb, &err);
		return -1;
	}
	if (answered(verb, options))
		return -1;
	verb->loop = loop_new();
	loop_on_idle(verb->loop, flush_when_idle, verb);
	if (check_options(verb, &err) < 0) {
		verb_fail(verb, &err);
		return -1;
	}
	return 0;
}

/* What came from outside is made one line that does not steer a terminal. */
void verb_say(const struct verb *verb, const char *text)
{
	scoped_free char *line = mem_dup(text);

	for (char *at = line; *at; at++)
		if ((unsigned char)*at < ' ' || *at == 0x7f)
			*at = ' ';
	fprintf(stderr, "%s: %s\n", verb->name, line);
}

static void trace(void *arg, const char *line)
{
	verb_say(arg, line);
}

static void warn(void *arg, const char *text)
{
	scoped_free char *line = mem_printf("warning: %s", text);

	verb_say(arg, line);
}

struct client *verb_client(struct verb *verb, struct err *err)
{
	struct kubeconfig_options options = { .path = verb->kubeconfig, .context = verb->context };

	if (verb->client)
		return verb->client;
	if (kubeconfig_load(&options, &verb->reach, err) < 0)
		return NULL;
	verb->client = client_new(verb->loop, &verb->reach.endpoint, "podline");
	client_set_timeout(verb->client, verb->timeout_ms);
	client_on_warning(verb->client, warn, verb);
	if (verb->trace)
		http_on_trace(client_http(verb->client), trace, verb);
	return verb->client;
}

struct discovery *verb_discovery(struct verb *verb, struct err *err)
{
	if (!verb->discovery && verb_client(verb, err))
		verb->discovery = discovery_new(verb->client);
	return verb->discovery;
}

const char *verb_namespace(struct verb *verb)
{
	return verb->which.ns ? verb->which.ns : verb->reach.ns ? verb->reach.ns : "default";
}

/* Where the object or collection is. 0, or -1: -n contradicts the object. */
static int resolve_namespace(struct verb *verb, const struct said *said, struct ref *ref, struct err *err)
{
	if (!ref->resource->namespaced)
		return 0;
	if (said->ns && verb->which.ns && strcmp(said->ns, verb->which.ns) != 0)
		return err_set(err, ERR_USAGE, NULL, "%s \"%s\" is in namespace %s, not in %s", ref->resource->plural,
			said->name, said->ns, verb->which.ns);
	if (said->ns)
		ref->ns = said->ns;
	else if (said->name || !verb->which.all_namespaces)
		ref->ns = verb_namespace(verb);
	return 0;
}

/* What was said, as the server knows it. 0 or -1. */
static int resolve(struct verb *verb, const struct said *said, struct ref *ref, struct err *err)
{
	*ref = (struct ref){ .name = said->name, .uid = said->uid, .object = said->object };
	ref->resource = said->api_version ?
		discovery_find_kind(verb->discovery, said->api_version, said->kind, err) :
		discovery_find(verb->discovery, said->kind, err);
	if (!ref->resource)
		return -1;
	if (verb->only && strcmp(ref->resource->plural, verb->kind) != 0)
		return err_set(err, ERR_USAGE, NULL, "%s: this verb takes %s", ref->resource->plural, verb->kind);
	if (!said->name) {
		ref->labels = verb->which.labels;
		ref->fields = verb->which.fields;
	}
	return resolve_namespace(verb, said, ref, err);
}

int verb_next(struct verb *verb, struct ref *ref, struct err *err)
{
	struct said said;
	int more;

	while ((more = refs_next(&verb->refs_left, &said, err)) != 0) {
		if (more > 0 && !verb_discovery(verb, err))
			return -1;
		if (more > 0 && resolve(verb, &said, ref, err) == 0)
			return 1;
		if (err->class == ERR_UNREACHABLE)
			return -1;
		verb_fail(verb, err);
	}
	return 0;
}

struct stream_options verb_listing(const struct verb *verb, const struct ref *ref)
{
	return (struct stream_options){
		.group = ref->resource->group,
		.version = ref->resource->version,
		.plural = ref->resource->plural,
		.ns = ref->ns,
		.name = ref->name,
		.labels = ref->labels,
		.fields = ref->fields,
		.timeout_ms = verb->timeout_ms,
	};
}

static const char *hold(struct verb *verb, struct slice slice)
{
	if (!slice.at)
		return NULL;
	strs_take(&verb->one_held, peek_text(slice));
	return verb->one_held.at[verb->one_held.len - 1];
}

/* The next object of the collection that is being listed. 1, 0 at its end, -1. */
static int next_listed(struct verb *verb, struct ref *ref, struct err *err)
{
	struct stream_event event;
	struct peek peek;
	int more = stream_next(verb->stream, &event, 0, err);

	if (more <= 0) {
		stream_free(steal(verb->stream));
		return more;
	}
	buf_clear(&verb->one_object);
	strs_release(&verb->one_held);
	stream_event_print(&event, &verb->one_object);
	if (peek_object(buf_slice(&verb->one_object), &peek, err) < 0)
		return -1;
	*ref = (struct ref){
		.resource = verb->one_resource,
		.ns = hold(verb, peek.ns),
		.name = hold(verb, peek.name),
		.uid = hold(verb, peek.uid),
		.object = buf_slice(&verb->one_object),
	};
	return 1;
}

int verb_next_one(struct verb *verb, struct ref *ref, struct err *err)
{
	for (;;) {
		int more;

		if (verb->stream) {
			more = next_listed(verb, ref, err);
			if (more > 0)
				return 1;
			if (more < 0)
				verb_fail(verb, err);
			continue;
		}
		more = verb_next(verb, ref, err);
		if (more <= 0 || ref->name)
			return more;
		verb->one_resource = ref->resource;
		verb->listing = verb_listing(verb, ref);
		verb->stream = stream_new(verb->client, &verb->listing);
	}
}

int verb_settle(struct verb *verb, const unsigned *count, unsigned at_most, int64_t deadline_ms, struct err *err)
{
	while (*count > at_most) {
		int64_t left = deadline_ms ? deadline_ms - clock_ms() : -1;

		if (deadline_ms && left <= 0)
			return err_set(err, ERR_TIMEOUT, NULL, "timed out");
		if (loop_once(verb->loop, left > INT_MAX ? INT_MAX : (int)left, err) < 0)
			return -1;
	}
	return 0;
}

void verb_print(struct verb *verb, const char *type, struct slice object)
{
	scoped(err) struct err err = { 0 };

	if (output_bytes(&verb->output, type, object, &err) < 0)
		verb_fail(verb, &err);
}

void verb_print_value(struct verb *verb, const char *type, jv object)
{
	scoped(err) struct err err = { 0 };

	if (output_object(&verb->output, type, object, &err) < 0)
		verb_fail(verb, &err);
}

/* A Status as the API gives one, and what we make of it. */
static void print_json_error(const struct verb *verb, const struct err *err)
{
	scoped(buf) struct buf line = { 0 };
	scoped(jv) jv status = jvs_object("apiVersion", jv_string("v1"), "kind", jv_string("Status"), "status",
		jv_string("Failure"), "message", jv_string(err_text(err)), "verb", jv_string(verb->name), "exitStatus",
		jv_number(err->class), NULL);

	if (err->reason)
		jvs_set_text(&status, "reason", err->reason);
	if (err->code)
		jvs_set_int(&status, "code", err->code);
	jvs_print(status, &line);
	fprintf(stderr, "%s\n", line.at);
}

void verb_fail(struct verb *verb, struct err *err)
{
	scoped_free char *text = mem_printf(err->reason ? "%s (%s)" : "%s", err_text(err), err->reason);

	if (verb->errors && strcmp(verb->errors, "json") == 0)
		print_json_error(verb, err);
	else
		verb_say(verb, text);
	if (!verb->status)
		verb->status = err->class ? err->class : ERR_FAILED;
	err_release(err);
}

int verb_end(struct verb *verb)
{
	scoped(err) struct err err = { 0 };

	if (verb->output.started && output_end(&verb->output, &err) < 0)
		verb_fail(verb, &err);
	stream_free(verb->stream);
	discovery_free(verb->discovery);
	client_free(verb->client);
	kubeconfig_release(&verb->reach);
	refs_release(&verb->refs_left);
	output_release(&verb->output);
	words_release(&verb->words);
	strs_release(&verb->one_held);
	buf_release(&verb->one_object);
	loop_free(verb->loop);
	return verb->status;
}
