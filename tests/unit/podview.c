/* A pod's columns (podview.h), case by case as upstream's printPod gives them. */
#include "formats/podview.h"

#include "base/mem.h"
#include "formats/jvs.h"
#include "formats/yamls.h"
#include "tap.h"

#define NOW 1795604400          /* 2026-11-25T11:00:00Z */
#define DELETED "metadata: {deletionTimestamp: 2026-11-25T11:00:00Z}, "
#define ONE "spec: {containers: [{name: a}]}, "
#define TWO "spec: {containers: [{name: a}, {name: b}]}, "
#define INIT "spec: {containers: [{name: a}], initContainers: [{name: i}]}, "
#define INITS "spec: {containers: [{name: a}], initContainers: [{name: i}, {name: j}]}, "
#define SIDECAR "spec: {containers: [{name: a}], initContainers: [{name: i, restartPolicy: Always}]}, "
#define RUNNING "{name: a, ready: true, restartCount: 0, state: {running: {}}}"
#define WAITING(reason) "{name: a, restartCount: 0, state: {waiting: {reason: " reason "}}}"
#define COMPLETED "{name: a, restartCount: 0, state: {terminated: {exitCode: 0, reason: Completed}}}"
#define FAILED "{name: a, restartCount: 0, state: {terminated: {exitCode: 1, reason: Error}}}"

static const struct {
	const char *pod;        /* what stands in its {} as YAML */
	const char *wanted;     /* READY STATUS RESTARTS */
} cases[] = {
	{ ONE "status: {phase: Pending}", "0/1 Pending 0" },
	{ ONE "status: {phase: Running, containerStatuses: [" RUNNING "]}", "1/1 Running 0" },
	{ ONE "status: {phase: Pending, containerStatuses: [" WAITING("ErrImagePull") "]}", "0/1 ErrImagePull 0" },
	{ TWO "status: {phase: Running, containerStatuses: [" RUNNING ", " WAITING("CrashLoopBackOff") "]}",
		"1/2 CrashLoopBackOff 0" },
	{ TWO "status: {phase: Running, containerStatuses: [" WAITING("First") ", " WAITING("Second") "]}",
		"0/2 First 0" },
	{ ONE "status: {phase: Succeeded, containerStatuses: [" COMPLETED "]}", "0/1 Completed 0" },
	{ ONE "status: {phase: Failed, containerStatuses: [" FAILED "]}", "0/1 Error 0" },
	{ ONE "status: {phase: Failed, containerStatuses: [{state: {terminated: {exitCode: 3}}}]}",
		"0/1 ExitCode:3 0" },
	{ ONE "status: {phase: Failed, containerStatuses: [{state: {terminated: {exitCode: 137, signal: 9}}}]}",
		"0/1 Signal:9 0" },
	{ ONE "status: {phase: Failed, reason: Evicted}", "0/1 Evicted 0" },
	{ ONE "status: {phase: Pending, conditions: [{type: PodScheduled, status: 'False', reason: SchedulingGated}]}",
		"0/1 SchedulingGated 0" },

	/* A container has ended well while another one runs. */
	{ TWO "status: {phase: Running, containerStatuses: [" COMPLETED ", " RUNNING "], "
	      "conditions: [{type: Ready, status: 'True'}]}", "1/2 Running 0" },
	{ TWO "status: {phase: Running, containerStatuses: [" COMPLETED ", " RUNNING "], "
	      "conditions: [{type: Ready, status: 'False'}]}", "1/2 NotReady 0" },
	{ TWO "status: {phase: Running, containerStatuses: [" COMPLETED ", " FAILED "]}", "0/2 Error 0" },

	/* Being deleted. */
	{ DELETED ONE "status: {phase: Running, containerStatuses: [" RUNNING "]}", "1/1 Terminating 0" },
	{ DELETED ONE "status: {phase: Succeeded, containerStatuses: [" COMPLETED "]}", "0/1 Completed 0" },
	{ DELETED ONE "status: {phase: Running, reason: NodeLost}", "0/1 Unknown 0" },

	/* Init containers. */
	{ INITS "status: {initContainerStatuses: [{state: {running: {}}}, " WAITING("PodInitializing") "], "
		"containerStatuses: [" WAITING("PodInitializing") "]}", "0/1 Init:0/2 0" },
	{ INITS "status: {initContainerStatuses: [" COMPLETED ", " WAITING("PodInitializing") "]}", "0/1 Init:1/2 0" },
	{ INIT "status: {initContainerStatuses: [" COMPLETED "], containerStatuses: [" WAITING("PodInitializing") "]}",
		"0/1 PodInitializing 0" },
	{ INIT "status: {initContainerStatuses: [{name: i, restartCount: 2, state: {waiting: {reason: "
	       "CrashLoopBackOff}}, lastState: {terminated: {finishedAt: 2026-11-25T10:55:00Z}}}]}",
		"0/1 Init:CrashLoopBackOff 2 (5m ago)" },
	{ INIT "status: {initContainerStatuses: [" FAILED "]}", "0/1 Init:Error 0" },
	{ INIT "status: {initContainerStatuses: [{state: {terminated: {exitCode: 2}}}]}", "0/1 Init:ExitCode:2 0" },
	{ INIT "status: {initContainerStatuses: [{state: {terminated: {exitCode: 2, signal: 15}}}]}",
		"0/1 Init:Signal:15 0" },

	/* Sidecars: counted with the containers, their restarts too. */
	{ SIDECAR "status: {phase: Running, initContainerStatuses: [{name: i, ready: true, started: true, "
		  "restartCount: 1, state: {running: {}}}], containerStatuses: [" RUNNING "]}", "2/2 Running 1" },
	{ SIDECAR "status: {initContainerStatuses: [{name: i, started: false, state: {running: {}}}]}",
		"0/2 Init:0/1 0" },
	{ SIDECAR "status: {initContainerStatuses: [" WAITING("CrashLoopBackOff") "], containerStatuses: "
		  "[" RUNNING "], conditions: [{type: Initialized, status: 'True'}]}", "1/2 Init:CrashLoopBackOff 0" },

	{ ONE "status: {phase: Running, containerStatuses: [{ready: true, restartCount: 3, state: {running: {}}, "
	      "lastState: {terminated: {finishedAt: 2026-11-25T10:59:30Z}}}]}", "1/1 Running 3 (30s ago)" },
	{ "", "0/0  0" },
};

static jv parse(const char *members)
{
	scoped_free char *text = mem_printf("{%s}", members);
	jv value;

	if (yamls_parse(slice_of(text), &value, NULL, NULL) < 0)
		ok(false, "a case that is no YAML: %s", text);
	return value;
}

static void test_cases(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		scoped(podview) struct podview view = { 0 };
		scoped(jv) jv pod = parse(cases[i].pod);
		scoped_free char *got = NULL, *words = mem_printf("%s (case %zu)", cases[i].wanted, i);

		podview_init(&view, pod, NOW);
		got = mem_printf("%s %s %s", view.ready, view.status, view.restarts);
		same(got, cases[i].wanted, words);
	}
}

static void test_wide(void)
{
	scoped(podview) struct podview view = { 0 }, none = { 0 };
	scoped(jv) jv pod = parse("metadata: {creationTimestamp: 2026-11-25T09:30:00Z}, "
				  "spec: {nodeName: node-a, readinessGates: [{conditionType: x}, {conditionType: z}]}, "
				  "status: {podIP: 10.0.0.1, podIPs: [{ip: 10.0.0.2}], nominatedNodeName: node-b, "
				  "conditions: [{type: z, status: 'True'}]}");
	scoped(jv) jv array = jv_array();

	podview_init(&view, pod, NOW);
	same(view.age, "90m", "age");
	same(view.ip, "10.0.0.2", "address");
	same(view.node, "node-a", "node");
	same(view.nominated_node, "node-b", "nominated node");
	same(view.readiness_gates, "1/2", "readiness gates");
	podview_init(&none, array, NOW);
	same(none.age, "<unknown>", "what is no pod has no age");
	same(none.ip, "<none>", "no address");
	same(none.node, "<none>", "no node");
	same(none.nominated_node, "<none>", "no nominated node");
	same(none.readiness_gates, "<none>", "no readiness gates");
}

int main(void)
{
	test_cases();
	test_wide();
	return tap_end();
}
