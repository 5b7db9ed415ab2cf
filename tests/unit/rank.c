/* Which pods go first when a replica set shrinks: each pair differs in one thing. */
#include "control/rank.h"

#include "formats/jvs.h"
#include "tap.h"

#define READY(status, since)                                                                                           \
	"\"conditions\":[{\"type\":\"Ready\",\"status\":\"" status "\",\"lastTransitionTime\":\"" since "\"}]"
#define POD(uid, node, phase, more)                                                                                    \
	"{\"metadata\":{\"uid\":\"" uid                                                                                \
	"\",\"creationTimestamp\":\"2026-01-01T00:00:00Z\"},\"spec\":{\"nodeName\":\"" node                            \
	"\"},\"status\":{\"phase\":\"" phase "\"," more "}}"
#define OLD "2026-01-01T00:00:00Z"
#define NOW INT64_C(1767229200000000000) /* an hour later */

int main(void)
{
	static const struct {
		const char *words, *first, *second;
		size_t beside_first, beside_second;
	} cases[] = {
		{ "without a node before with one", POD("b", "", "Pending", READY("False", OLD)),
			POD("a", "n", "Pending", READY("False", OLD)), 0, 0 },
		{ "pending before running", POD("b", "n", "Pending", READY("False", OLD)),
			POD("a", "n", "Running", READY("False", OLD)), 0, 0 },
		{ "not ready before ready", POD("b", "n", "Running", READY("False", OLD)),
			POD("a", "n", "Running", READY("True", OLD)), 0, 0 },
		{ "doubled on a node before alone", POD("b", "n", "Running", READY("True", OLD)),
			POD("a", "m", "Running", READY("True", OLD)), 2, 1 },
		{ "ready for a shorter time first", POD("b", "n", "Running", READY("True", "2026-01-01T00:59:00Z")),
			POD("a", "n", "Running", READY("True", OLD)), 0, 0 },
		{ "of about the same age: by uid", POD("a", "n", "Running", READY("True", OLD)),
			POD("b", "n", "Running", READY("True", "2026-01-01T00:00:09Z")), 0, 0 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct rank_pod pods[2];
		scoped(jv) jv first = jv_parse(cases[i].first), second = jv_parse(cases[i].second);
		scoped_free char *wanted = jvs_get_text(first, "metadata.uid");

		rank_init(&pods[0], jv_copy(second), cases[i].beside_second);
		rank_init(&pods[1], jv_copy(first), cases[i].beside_first);
		rank_sort(pods, 2, NOW);
		same(pods[0].uid, wanted, cases[i].words);
		rank_release(&pods[0]);
		rank_release(&pods[1]);
	}
	return tap_end();
}
