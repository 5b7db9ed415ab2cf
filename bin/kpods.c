/* kpods: list, get and watch pods. */
#include "verb/show.h"
#include "verb/verb.h"

static const struct verb_example examples[] = {
	{ "kpods -l app=web -q .status.podIP -r", "the addresses of the pods with this label" },
	{ "kpods -w --events", "every change of a pod, as it happens" },
	{ "kpods -A -q failing | krm", "delete the pods that fail, in every namespace" },
	{ 0 },
};

int main(int argc, const char **argv)
{
	int watch = 0;
	struct verb verb = {
		.name = "kpods",
		.about = "list, get and watch pods",
		.usage = "[OPTION...] [NAME...]",
		.examples = examples,
		.kind = "pods",
		.only = true,
	};
	struct poptOption options[] = {
		OPTION_FLAG("watch", 'w', &watch, "go on: print each pod again when it changes"),
		VERB_OPTIONS(&verb),
	};

	if (verb_start(&verb, argc, argv, options) == 0)
		show_all(&verb, watch);
	return verb_end(&verb);
}
