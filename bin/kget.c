/* kget: list, get and watch objects of any kind that the server has. */
#include "verb/show.h"
#include "verb/verb.h"

static const struct verb_example examples[] = {
	{ "kget nodes", "what there is of a kind" },
	{ "kget pod/web configmap/web -o yaml", "two objects, as YAML" },
	{ "kget events -w -q .message -r", "what is said about objects, as it is said" },
	{ 0 },
};

int main(int argc, const char **argv)
{
	int watch = 0;
	struct verb verb = {
		.name = "kget",
		.about = "list, get and watch objects of any kind",
		.usage = "[OPTION...] KIND[,KIND...] [NAME...] | KIND/NAME...",
		.examples = examples,
	};
	struct poptOption options[] = {
		OPTION_FLAG("watch", 'w', &watch, "go on: print each object again when it changes"),
		VERB_OPTIONS(&verb),
	};

	if (verb_start(&verb, argc, argv, options) == 0)
		show_all(&verb, watch);
	return verb_end(&verb);
}
