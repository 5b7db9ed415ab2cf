/* krm: deletes objects and waits until they are gone. */
#include "base/clock.h"
#include "verb/remover.h"
#include "verb/verb.h"

static const struct verb_example examples[] = {
	{ "krm pod/web configmap/web", "delete two objects and wait until they are gone" },
	{ "kpods -q failing | krm --grace-period=1", "delete the pods that fail, quickly" },
	{ "krm pods --all -n test --wait=false", "tell all pods of a namespace to go, and do not wait" },
	{ 0 },
};

/* kubectl's rules: 0 seconds only by force, which does not wait unless told to. */
static int check(struct remover_options *options, bool force, const char *wait, const char *timeout, struct err *err)
{
	int64_t ms = 0;

	if (timeout && clock_parse_duration(timeout, &ms, err) < 0)
		return err_wrap(err, "--timeout=%s", timeout);
	if (force && options->grace_seconds > 0)
		return err_set(err, ERR_USAGE, NULL, "--force means --grace-period=0, not %d", options->grace_seconds);
	if (force)
		options->grace_seconds = 0;
	else if (options->grace_seconds == 0)
		options->grace_seconds = 1;
	options->deadline_ms = ms ? clock_ms() + ms : 0;
	options->wait = wait ? strcmp(wait, "true") == 0 : !force;
	return 0;
}

static int remove_all(struct verb *verb, const struct remover_options *options, struct err *err)
{
	scoped_ptr(remover) struct remover *remover = remover_new(verb, options);
	struct ref ref;
	int more;

	while ((more = verb_next_one(verb, &ref, err)) > 0)
		if (remover_add(remover, &ref, err) < 0)
			return -1;
	if (more < 0)
		verb_fail(verb, err);
	return remover_finish(remover, err);
}

int main(int argc, const char **argv)
{
	struct remover_options remove = { .grace_seconds = -1, .cascade = "background", .dry_run = "none" };
	const char *wait = NULL, *timeout = NULL;
	int force = 0, ignore = 0;
	struct verb verb = {
		.name = "krm",
		.about = "delete objects and wait until they are gone",
		.usage = "[OPTION...] KIND[,KIND...] NAME... | KIND/NAME... | KIND -l SELECTOR | KIND --all",
		.examples = examples,
		.acts = true,
	};
	struct poptOption options[] = {
		OPTION_NUMBER("grace-period", '\0', &remove.grace_seconds, "time to end, in place of its own",
			"SECONDS"),
		OPTION_FLAG("force", '\0', &force, "take it out of the cluster at once, whatever still runs of it"),
		OPTION_FLAG("ignore-not-found", '\0', &ignore, "what is not there is no failure"),
		OPTION_CHOICE("cascade", '\0', &remove.cascade, "what becomes of what it owns",
			"background|foreground|orphan"),
		OPTION_CHOICE("dry-run", '\0', &remove.dry_run, "print what would be deleted", "client|server|none"),
		OPTION_CHOICE("wait", '\0', &wait, "until it is gone; true unless --force", "true|false"),
		OPTION_TEXT("timeout", '\0', &timeout, "wait no longer than this", "DURATION"),
		VERB_OPTIONS(&verb),
	};
	scoped(err) struct err err = { 0 };

	if (verb_start(&verb, argc, argv, options) < 0)
		return verb_end(&verb);
	remove.ignore_not_found = ignore;
	if (check(&remove, force, wait, timeout, &err) < 0 || remove_all(&verb, &remove, &err) < 0)
		verb_fail(&verb, &err);
	return verb_end(&verb);
}
