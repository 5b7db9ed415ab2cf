#include "verb/remover.h"

#include "api/client.h"
#include "api/discovery.h"
#include "api/gone.h"
#include "base/mem.h"
#include "formats/jvs.h"
#include "verb/verb.h"

#define PARALLEL 16     /* requests under way */

struct remover {
	struct verb *verb;
	const struct remover_options *options;
	struct gone *gone;
	struct removal *removals;       /* that have not ended */
	unsigned asking, waiting;       /* how many of them wait for an answer, or for the object to go */
};

/* One object on its way out. */
struct removal {
	struct remover *remover;
	const struct resource *resource;
	char *ns, *name, *uid;          /* uid: NULL where only a name was given */
	bool this_one;                  /* it came as an object: what has its name by now is not meant */
	struct buf object;              /* its bytes as far as they are known; not a jv: there may be many to hold */
	struct removal *next, **link;
};

static void removal_end(struct removal *removal)
{
	*removal->link = removal->next;
	if (removal->next)
		removal->next->link = removal->link;
	free(removal->ns);
	free(removal->name);
	free(removal->uid);
	buf_release(&removal->object);
	free(removal);
}

static struct removal *removal_new(struct remover *remover, const struct ref *ref)
{
	struct removal *removal = mem_alloc(sizeof *removal);

	*removal = (struct removal){
		.remover = remover,
		.resource = ref->resource,
		.ns = mem_dup(ref->ns),
		.name = mem_dup(ref->name),
		.uid = mem_dup(ref->uid),
		.this_one = ref->uid,
		.next = remover->removals,
		.link = &remover->removals,
	};
	if (removal->this_one)
		buf_add_slice(&removal->object, ref->object);
	if (removal->next)
		removal->next->link = &removal->next;
	remover->removals = removal;
	return removal;
}

struct remover *remover_new(struct verb *verb, const struct remover_options *options)
{
	struct remover *remover = mem_alloc(sizeof *remover);

	remover->verb = verb;
	remover->options = options;
	return remover;
}

void remover_free(struct remover *remover)
{
	if (!remover)
		return;
	gone_free(remover->gone);
	while (remover->removals)
		removal_end(remover->removals);
	free(remover);
}

static void print(struct removal *removal, const char *type)
{
	verb_print(removal->remover->verb, type, buf_slice(&removal->object));
}

static void fail(struct removal *removal, struct err *err)
{
	if (err->class == ERR_NOT_FOUND && removal->remover->options->ignore_not_found)
		err_release(err);
	else
		verb_fail(removal->remover->verb, err);
	removal_end(removal);
}

static void is_gone(void *arg, struct err *err)
{
	struct removal *removal = arg;

	removal->remover->waiting--;
	if (err->class) {
		scoped(err) struct err own = { 0 };

		err_set(&own, err->class, err->reason, "waiting until %s \"%s\" is gone: %s", removal->resource->plural,
			removal->name, err_text(err));
		fail(removal, &own);
		return;
	}
	print(removal, "DELETED");
	removal_end(removal);
}

static void keep(struct removal *removal, jv object)
{
	buf_clear(&removal->object);
	jvs_print(object, &removal->object);
}

/* It is on its way: with a grace period, or finalizers that others have to take off. */
static bool lives_on(jv object)
{
	scoped(jv) jv finalizers = jvs_get(object, "metadata.finalizers");

	return jvs_get_int(object, "metadata.deletionGracePeriodSeconds", 0) > 0 || jvs_len(finalizers);
}

/* The answer to a DELETE: the object where it lives on for a while, else a Status. */
static void deleted(void *arg, jv answer, struct err *err)
{
	struct removal *removal = arg;
	struct remover *remover = removal->remover;
	bool dry = strcmp(remover->options->dry_run, "none") != 0, lives = false;

	remover->asking--;
	if (err->class) {
		fail(removal, err);
		return;
	}
	if (!jvs_get_is(answer, "kind", "Status")) {
		keep(removal, answer);
		free(removal->uid);
		removal->uid = jvs_get_text(answer, "metadata.uid");
		lives = !dry && lives_on(answer);
	}
	if (lives && removal->uid && remover->options->wait) {
		remover->waiting++;
		gone_wait(remover->gone, removal->resource, removal->ns, removal->name, removal->uid, is_gone, removal);
		return;
	}
	print(removal, lives ? "MODIFIED" : "DELETED");
	removal_end(removal);
}

/* Source: k8s.io/apimachinery meta/v1, DeleteOptions. */
static jv delete_options(const struct removal *removal)
{
	static const struct {
		const char *cascade, *policy;
	} policies[] = { { "background", "Background" }, { "foreground", "Foreground" }, { "orphan", "Orphan" } };
	const struct remover_options *options = removal->remover->options;
	jv body = jvs_object("apiVersion", jv_string("v1"), "kind", jv_string("DeleteOptions"), NULL);

	for (size_t i = 0; i < sizeof policies / sizeof *policies; i++)
		if (strcmp(policies[i].cascade, options->cascade) == 0)
			jvs_set_text(&body, "propagationPolicy", policies[i].policy);
	if (options->grace_seconds >= 0)
		jvs_set_int(&body, "gracePeriodSeconds", options->grace_seconds);
	if (strcmp(options->dry_run, "server") == 0)
		jvs_put(&body, "dryRun", JV_ARRAY(jv_string("All")));
	if (removal->this_one)
		jvs_set_text(&body, "preconditions.uid", removal->uid);
	return body;
}

static void start(struct removal *removal, const char *method, jv body,
	void (*done)(void *arg, jv answer, struct err *err))
{
	struct call call = {
		.method = method,
		.target = {
			.group = removal->resource->group,
			.version = removal->resource->version,
			.plural = removal->resource->plural,
			.ns = removal->ns,
			.name = removal->name,
		},
		.body = body,
	};

	removal->remover->asking++;
	client_start(removal->remover->verb->client, &call, done, removal);
}

static void start_delete(struct removal *removal)
{
	if (strcmp(removal->remover->options->dry_run, "client") == 0) {
		print(removal, "DELETED");
		removal_end(removal);
	} else {
		start(removal, "DELETE", delete_options(removal), deleted);
	}
}

/* What only a name was given of is read first, so that there is something to print. */
static void got(void *arg, jv answer, struct err *err)
{
	struct removal *removal = arg;

	removal->remover->asking--;
	if (err->class) {
		fail(removal, err);
		return;
	}
	keep(removal, answer);
	start_delete(removal);
}

int remover_add(struct remover *remover, const struct ref *ref, struct err *err)
{
	struct removal *removal = removal_new(remover, ref);

	if (!remover->gone)
		remover->gone = gone_new(remover->verb->client);
	if (removal->this_one)
		start_delete(removal);
	else
		start(removal, "GET", jv_invalid(), got);
	return verb_settle(remover->verb, &remover->asking, PARALLEL - 1, 0, err);
}

int remover_finish(struct remover *remover, struct err *err)
{
	if (verb_settle(remover->verb, &remover->asking, 0, 0, err) < 0)
		return -1;
	if (verb_settle(remover->verb, &remover->waiting, 0, remover->options->deadline_ms, err) == 0)
		return 0;
	if (err->class != ERR_TIMEOUT)
		return -1;
	for (const struct removal *removal = remover->removals; removal; removal = removal->next) {
		err_set(err, ERR_TIMEOUT, NULL, "%s \"%s\" was deleted, but is not gone in time",
			removal->resource->plural, removal->name);
		verb_fail(remover->verb, err);
	}
	return 0;
}
