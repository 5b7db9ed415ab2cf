/* A pod's columns (podview.h), case by case as upstream's printPod gives them. */
#include "formats/podview.h"

#include "base/mem.h"
#include "formats/jvs.h"
#include "tap.h"

#define NOW 1795604400          /* 2026-11-25T11:00:00Z */
#define SPEC(containers, inits) "\"spec\":{\"containers\":" containers ",\"initContainers\":" inits "}"
#define ONE SPEC("[{\"name\":\"a\"}]", "[]")
#define TWO SPEC("[{\"name\":\"a\"},{\"name\":\"b\"}]", "[]")
#define RUNNING "{\"name\":\"a\",\"ready\":true,\"restartCount\":0,\"state\":{\"running\":{}}}"
#define WAITING(reason) "{\"name\":\"a\",\"restartCount\":0,\"state\":{\"waiting\":{\"reason\":\"" reason "\"}}}"
#define ENDED(rest) "{\"name\":\"a\",\"restartCount\":0,\"state\":{\"terminated\":{" rest "}}}"
#define STATUS(phase, rest) "\"status\":{\"phase\":\"" phase "\"," rest "}"
#define CONTAINERS(list) "\"containerStatuses\":[" list "]"
#define INITS(list) "\"initContainerStatuses\":[" list "]"
#define CONDITION(type, status) "\"conditions\":[{\"type\":\"" type "\",\"status\":\"" status "\"}]"

static const struct {
	const char *pod;
	const char *wanted;     /* READY STATUS RESTARTS */
} cases[] = {
	{ "{" ONE ",\"status\":{\"phase\":\"Pending\"}}", "0/1 Pending 0" },
	{ "{" ONE "," STATUS("Running", CONTAINERS(RUNNING)) "}", "1/1 Running 0" },
	{ "{" ONE "," STATUS("Pending", CONTAINERS(WAITING("ContainerCreating"))) "}", "0/1 ContainerCreating 0" },
	{ "{" ONE "," STATUS("Pending", CONTAINERS(WAITING("ErrImagePull"))) "}", "0/1 ErrImagePull 0" },
	{ "{" TWO "," STATUS("Running", CONTAINERS(RUNNING "," WAITING("CrashLoopBackOff"))) "}", "1/2 CrashLoopBackOff 0" },
	{ "{" ONE "," STATUS("Succeeded", CONTAINERS(ENDED("\"exitCode\":0,\"reason\":\"Completed\""))) "}", "0/1 Completed 0" },
	{ "{" ONE "," STATUS("Failed", CONTAINERS(ENDED("\"exitCode\":1,\"reason\":\"Error\""))) "}", "0/1 Error 0" },
	{ "{" ONE "," STATUS("Failed", CONTAINERS(ENDED("\"exitCode\":3"))) "}", "0/1 ExitCode:3 0" },
	{ "{" ONE "," STATUS("Failed", CONTAINERS(ENDED("\"exitCode\":137,\"signal\":9"))) "}", "0/1 Signal:9 0" },
	{ "{" ONE "," STATUS("Failed", "\"reason\":\"Evicted\"") "}", "0/1 Evicted 0" },
	{ "{" TWO "," STATUS("Running", CONTAINERS(ENDED("\"exitCode\":0,\"reason\":\"Completed\"") "," RUNNING) ","
		CONDITION("Ready", "True")) "}", "1/2 Running 0" },
	{ "{" TWO "," STATUS("Running", CONTAINERS(ENDED("\"exitCode\":0,\"reason\":\"Completed\"") "," RUNNING) ","
		CONDITION("Ready", "False")) "}", "1/2 NotReady 0" },
	{ "{" TWO "," STATUS("Running", CONTAINERS(ENDED("\"exitCode\":0,\"reason\":\"Completed\"") ","
		ENDED("\"exitCode\":1,\"reason\":\"Error\""))) "}", "0/2 Error 0" },
	{ "{" ONE "," STATUS("Pending", "\"conditions\":[{\"type\":\"PodScheduled\",\"status\":\"False\","
		"\"reason\":\"SchedulingGated\"}]") "}", "0/1 SchedulingGated 0" },

	{ "{\"metadata\":{\"deletionTimestamp\":\"2026-11-25T11:00:00Z\"}," ONE "," STATUS("Running", CONTAINERS(RUNNING)) "}",
		"1/1 Terminating 0" },
	{ "{\"metadata\":{\"deletionTimestamp\":\"2026-11-25T11:00:00Z\"}," ONE "," STATUS("Succeeded",
		CONTAINERS(ENDED("\"exitCode\":0,\"reason\":\"Completed\""))) "}", "0/1 Completed 0" },
	{ "{\"metadata\":{\"deletionTimestamp\":\"2026-11-25T11:00:00Z\"}," ONE "," STATUS("Running", "\"reason\":\"NodeLost\"")
		"}", "0/1 Unknown 0" },

	{ "{" SPEC("[{\"name\":\"a\"}]", "[{\"name\":\"i\"},{\"name\":\"j\"}]") "," STATUS("Pending",
		INITS("{\"name\":\"i\",\"state\":{\"running\":{}}}," WAITING("PodInitializing")) ","
		CONTAINERS(WAITING("PodInitializing"))) "}", "0/1 Init:0/2 0" },
	{ "{" SPEC("[{\"name\":\"a\"}]", "[{\"name\":\"i\"},{\"name\":\"j\"}]") "," STATUS("Pending",
		INITS(ENDED("\"exitCode\":0") "," WAITING("PodInitializing"))) "}", "0/1 Init:1/2 0" },
	{ "{" SPEC("[{\"name\":\"a\"}]", "[{\"name\":\"i\"}]") "," STATUS("Pending", INITS(ENDED("\"exitCode\":0")) ","
		CONTAINERS(WAITING("PodInitializing"))) "}", "0/1 PodInitializing 0" },
	{ "{" SPEC("[{\"name\":\"a\"}]", "[{\"name\":\"i\"}]") "," STATUS("Pending", INITS(
		"{\"name\":\"i\",\"restartCount\":2,\"state\":{\"waiting\":{\"reason\":\"CrashLoopBackOff\"}},"
		"\"lastState\":{\"terminated\":{\"finishedAt\":\"2026-11-25T10:55:00Z\"}}}")) "}",
		"0/1 Init:CrashLoopBackOff 2 (5m ago)" },
	{ "{" SPEC("[{\"name\":\"a\"}]", "[{\"name\":\"i\"}]") "," STATUS("Pending",
		INITS(ENDED("\"exitCode\":2,\"reason\":\"Error\""))) "}", "0/1 Init:Error 0" },
	{ "{" SPEC("[{\"name\":\"a\"}]", "[{\"name\":\"i\"}]") "," STATUS("Pending", INITS(ENDED("\"exitCode\":2"))) "}",
		"0/1 Init:ExitCode:2 0" },

	{ "{" SPEC("[{\"name\":\"a\"}]", "[{\"name\":\"s\",\"restartPolicy\":\"Always\"}]") "," STATUS("Running",
		INITS("{\"name\":\"s\",\"ready\":true,\"started\":true,\"restartCount\":1,\"state\":{\"running\":{}}}") ","
		CONTAINERS(RUNNING)) "}", "2/2 Running 1" },
	{ "{" SPEC("[{\"name\":\"a\"}]", "[{\"name\":\"s\",\"restartPolicy\":\"Always\"}]") "," STATUS("Pending",
		INITS("{\"name\":\"s\",\"started\":false,\"restartCount\":0,\"state\":{\"running\":{}}}")) "}", "0/2 Init:0/1 0" },
	{ "{" SPEC("[{\"name\":\"a\"}]", "[{\"name\":\"s\",\"restartPolicy\":\"Always\"}]") "," STATUS("Running",
		INITS(WAITING("CrashLoopBackOff")) "," CONTAINERS(RUNNING) "," CONDITION("Initialized", "True")) "}",
		"1/2 Init:CrashLoopBackOff 0" },

	{ "{" ONE "," STATUS("Running", CONTAINERS("{\"name\":\"a\",\"ready\":true,\"restartCount\":3,\"state\":{\"running\":{}},"
		"\"lastState\":{\"terminated\":{\"finishedAt\":\"2026-11-25T10:59:30Z\"}}}")) "}", "1/1 Running 3 (30s ago)" },
	{ "{}", "0/0  0" },
	{ "[]", "0/0  0" },
};

static void test_cases(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		scoped(podview) struct podview view = { 0 };
		scoped(jv) jv pod = jv_null();
		scoped_free char *got = NULL, *words = mem_printf("%s (case %zu)", cases[i].wanted, i);

		if (jvs_parse(slice_of(cases[i].pod), &pod, NULL) < 0)
			ok(false, "case %zu is no JSON", i);
		podview_init(&view, pod, NOW);
		got = mem_printf("%s %s %s", view.ready, view.status, view.restarts);
		same(got, cases[i].wanted, words);
	}
}

static void test_wide(void)
{
	static const char text[] =
		"{\"metadata\":{\"creationTimestamp\":\"2026-11-25T09:30:00Z\"},\"spec\":{\"nodeName\":\"n\",\"readinessGates\":["
		"{\"conditionType\":\"x\"},{\"conditionType\":\"y\"}]},\"status\":{\"podIP\":\"10.0.0.1\",\"podIPs\":[{\"ip\":"
		"\"10.0.0.2\"}],\"nominatedNodeName\":\"m\",\"conditions\":[{\"type\":\"y\",\"status\":\"True\"}]}}";
	scoped(podview) struct podview view = { 0 }, none = { 0 };
	scoped(jv) jv pod = jv_null(), empty = jv_object();

	jvs_parse(slice_of(text), &pod, NULL);
	podview_init(&view, pod, NOW);
	same(view.age, "90m", "age");
	same(view.ip, "10.0.0.2", "address");
	same(view.node, "n", "node");
	same(view.nominated_node, "m", "nominated node");
	same(view.readiness_gates, "1/2", "readiness gates");
	podview_init(&none, empty, NOW);
	ok(!strcmp(none.age, "<unknown>") && !strcmp(none.ip, "<none>") && !strcmp(none.node, "<none>") &&
		!strcmp(none.nominated_node, "<none>") && !strcmp(none.readiness_gates, "<none>"), "none of it");
}

int main(void)
{
	test_cases();
	test_wide();
	return tap_end();
}
