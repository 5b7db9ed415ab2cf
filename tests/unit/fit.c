/* Whether pods fit on nodes, and what is said where they do not. */
#include "control/fit.h"

#include "formats/jvs.h"
#include "tap.h"

#define NODE(spec, labels)                                                                                             \
	"{\"metadata\":{\"name\":\"a\",\"labels\":" labels "},\"spec\":" spec                                          \
	",\"status\":{\"allocatable\":{\"cpu\":\"2\",\"memory\":\"1Gi\",\"pods\":\"3\",\"ephemeral-storage\":\"1Gi\"}" \
	"}}"
#define POD(spec) "{\"metadata\":{\"name\":\"p\"},\"spec\":" spec "}"
#define WANTS(cpu) "{\"containers\":[{\"resources\":{\"requests\":{\"cpu\":\"" cpu "\"}}}]}"
#define TERMS(terms)                                                                                                   \
	"{\"containers\":[{}],\"affinity\":{\"nodeAffinity\":{"                                                        \
	"\"requiredDuringSchedulingIgnoredDuringExecution\":{\"nodeSelectorTerms\":[" terms "]}}}}"
#define TAINTED "{\"taints\":[{\"key\":\"k\",\"value\":\"v\",\"effect\":\"NoSchedule\"}]}"

static void fits(void)
{
	static const struct {
		const char *words, *pod, *node, *reason;
		int64_t pods_there, cpu_there;
	} cases[] = {
		{ "an empty pod", POD("{\"containers\":[{}]}"), NODE("{}", "{}"), "", 2, 2000 },
		{ "the last of the processor", POD(WANTS("500m")), NODE("{}", "{}"), "", 0, 1500 },
		{ "a bit more than that", POD(WANTS("501m")), NODE("{}", "{}"), "Insufficient cpu", 0, 1500 },
		{ "one pod too many", POD("{\"containers\":[{}]}"), NODE("{}", "{}"), "Too many pods", 3, 0 },
		{ "cordoned", POD("{\"containers\":[{}]}"), NODE("{\"unschedulable\":true}", "{}"),
			"node(s) were unschedulable", 0, 0 },
		{ "cordoned, tolerated", POD("{\"tolerations\":[{\"operator\":\"Exists\"}]}"),
			NODE("{\"unschedulable\":true}", "{}"), "", 0, 0 },
		{ "a taint", POD("{}"), NODE(TAINTED, "{}"), "node(s) had untolerated taint(s)", 0, 0 },
		{ "a taint, tolerated", POD("{\"tolerations\":[{\"key\":\"k\",\"value\":\"v\"}]}"), NODE(TAINTED, "{}"),
			"", 0, 0 },
		{ "a taint of another value", POD("{\"tolerations\":[{\"key\":\"k\",\"value\":\"w\"}]}"),
			NODE(TAINTED, "{}"), "node(s) had untolerated taint(s)", 0, 0 },
		{ "a selector that matches", POD("{\"nodeSelector\":{\"zone\":\"1\"}}"), NODE("{}", "{\"zone\":\"1\"}"),
			"", 0, 0 },
		{ "a selector that does not", POD("{\"nodeSelector\":{\"zone\":\"2\"}}"),
			NODE("{}", "{\"zone\":\"1\"}"), "node(s) didn't match Pod's node affinity/selector", 0, 0 },
		{ "affinity by a greater number",
			POD(TERMS("{\"matchExpressions\":[{\"key\":\"n\",\"operator\":\"Gt\",\"values\":[\"3\"]}]}")),
			NODE("{}", "{\"n\":\"4\"}"), "", 0, 0 },
		{ "affinity by the node's name, second term",
			POD(TERMS("{\"matchFields\":[{\"key\":\"metadata.name\",\"operator\":\"In\",\"values\":[\"b\"]}"
				  "]},"
				  "{\"matchFields\":[{\"key\":\"metadata.name\",\"operator\":\"In\",\"values\":[\"a\"]}"
				  "]}")),
			NODE("{}", "{}"), "", 0, 0 },
		{ "affinity of an empty term", POD(TERMS("{}")), NODE("{}", "{}"),
			"node(s) didn't match Pod's node affinity/selector", 0, 0 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		scoped(jv) jv pod = jv_parse(cases[i].pod), node = jv_parse(cases[i].node);
		scoped(strs) struct strs reasons = { 0 };
		struct fit_amounts wants = fit_requests(pod), has = fit_allocatable(node);
		struct fit_amounts used = { .cpu_milli = cases[i].cpu_there, .pods = cases[i].pods_there };
		bool helpless, good = fit_check(pod, &wants, node, &has, &used, &reasons, &helpless);

		same(reasons.len ? reasons.at[0] : "", cases[i].reason, cases[i].words);
		ok(good == !*cases[i].reason, "%s: verdict and reason agree", cases[i].words);
	}
}

static void requests(void)
{
	scoped(jv) jv pod =
		jv_parse(POD("{\"containers\":[{\"resources\":{\"requests\":{\"cpu\":\"1\"}}},"
			     "{\"resources\":{\"requests\":{\"cpu\":\"250m\",\"memory\":\"1Mi\"}}}],"
			     "\"initContainers\":[{\"resources\":{\"requests\":{\"cpu\":\"2\"}}},"
			     "{\"restartPolicy\":\"Always\",\"resources\":{\"requests\":{\"cpu\":\"100m\"}}}]}"));
	struct fit_amounts sum = fit_requests(pod);

	ok(sum.cpu_milli == 2000, "the largest init container counts where it is more than the rest: %d",
		(int)sum.cpu_milli);
	ok(sum.memory == 1 << 20, "memory is added up: %d", (int)sum.memory);
}

int main(void)
{
	fits();
	requests();
	return tap_end();
}
