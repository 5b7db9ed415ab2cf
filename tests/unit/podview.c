/* What kubectl get pods would show of a pod. */
#include "formats/podview.h"

#include "base/err.h"
#include "formats/jvs.h"
#include "tap.h"

/* 2026-11-24T22:22:42Z */
#define NOW INT64_C(1795558962)
#define SPEC "\"spec\":{\"containers\":[{\"name\":\"a\"},{\"name\":\"b\"}],\"nodeName\":\"n1\"}"
#define INIT "\"spec\":{\"containers\":[{\"name\":\"a\"}],\"initContainers\":[{\"name\":\"i\"},{\"name\":\"s\",\"restartPolicy\":\"Always\"}]}"
#define UP(name) "{\"name\":\"" name "\",\"ready\":true,\"restartCount\":0,\"state\":{\"running\":{}}}"
#define DONE(name, reason, code) \
	"{\"name\":\"" name "\",\"restartCount\":0,\"state\":{\"terminated\":{\"exitCode\":" code ",\"reason\":\"" reason "\"}}}"
#define STATUS(phase, statuses) "\"status\":{\"phase\":\"" phase "\",\"containerStatuses\":[" statuses "]}"

static const struct {
	const char *words, *pod, *ready, *status, *restarts;
} cases[] = {
	{ "just made", SPEC ",\"status\":{\"phase\":\"Pending\"}", "0/2", "Pending", "0" },
	{ "running", SPEC "," STATUS("Running", UP("a") "," UP("b")), "2/2", "Running", "0" },
	{ "one is done, one runs, not ready", SPEC "," STATUS("Running", DONE("a", "Completed", "0") "," UP("b")), "1/2",
		"NotReady", "0" },
	{ "both are done", SPEC "," STATUS("Succeeded", DONE("a", "Completed", "0") "," DONE("b", "Completed", "0")), "0/2",
		"Completed", "0" },
	{ "ended without a reason", SPEC "," STATUS("Failed", DONE("a", "", "3")), "0/2", "ExitCode:3", "0" },
	{ "crashes again and again",
		SPEC "," STATUS("Running",
			"{\"name\":\"a\",\"restartCount\":4,\"state\":{\"waiting\":{\"reason\":\"CrashLoopBackOff\"}},"
			"\"lastState\":{\"terminated\":{\"finishedAt\":\"2026-11-24T22:17:42Z\"}}}"),
		"0/2", "CrashLoopBackOff", "4 (5m ago)" },
	{ "no image", SPEC "," STATUS("Pending", "{\"name\":\"a\",\"state\":{\"waiting\":{\"reason\":\"ErrImagePull\"}}}"),
		"0/2", "ErrImagePull", "0" },
	{ "the first init container runs",
		INIT ",\"status\":{\"phase\":\"Pending\",\"initContainerStatuses\":[{\"name\":\"i\",\"state\":{\"running\":{}}}]}",
		"0/2", "Init:0/2", "0" },
	{ "an init container fails",
		INIT ",\"status\":{\"phase\":\"Pending\",\"initContainerStatuses\":[" DONE("i", "Error", "1") "]}", "0/2",
		"Init:Error", "0" },
	{ "an init container crashes",
		INIT ",\"status\":{\"phase\":\"Pending\",\"initContainerStatuses\":[{\"name\":\"i\",\"restartCount\":2,\"state\":"
		     "{\"waiting\":{\"reason\":\"CrashLoopBackOff\"}}}]}",
		"0/2", "Init:CrashLoopBackOff", "2" },
	{ "a sidecar counts among the ready",
		INIT ",\"status\":{\"phase\":\"Running\",\"initContainerStatuses\":[" DONE("i", "Completed", "0") ","
		     "{\"name\":\"s\",\"ready\":true,\"started\":true,\"restartCount\":1,\"state\":{\"running\":{}}}],"
		     "\"containerStatuses\":[" UP("a") "]}",
		"2/2", "Running", "1" },
	{ "being deleted", "\"metadata\":{\"deletionTimestamp\":\"2026-11-24T22:22:42Z\"}," SPEC "," STATUS("Running", UP("a")),
		"1/2", "Terminating", "0" },
	{ "its node is lost",
		"\"metadata\":{\"deletionTimestamp\":\"2026-11-24T22:22:42Z\"}," SPEC
		",\"status\":{\"phase\":\"Running\",\"reason\":\"NodeLost\"}",
		"0/2", "Unknown", "0" },
	{ "evicted", SPEC ",\"status\":{\"phase\":\"Failed\",\"reason\":\"Evicted\"}", "0/2", "Evicted", "0" },
	{ "gated",
		SPEC ",\"status\":{\"phase\":\"Pending\",\"conditions\":[{\"type\":\"PodScheduled\",\"reason\":\"SchedulingGated\"}]}",
		"0/2", "SchedulingGated", "0" },
};

int main(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		scoped(buf) struct buf text = { 0 };
		scoped(podview) struct podview view = { 0 };
		scoped(err) struct err err = { 0 };
		scoped(jv) jv pod = jv_null();

		buf_printf(&text, "{%s}", cases[i].pod);
		if (jvs_parse(buf_slice(&text), &pod, &err) < 0)
			printf("# %s\n", err_text(&err));
		podview_init(&view, pod, NOW);
		ok(strcmp(view.ready, cases[i].ready) == 0 && strcmp(view.status, cases[i].status) == 0 &&
				strcmp(view.restarts, cases[i].restarts) == 0,
			"%s: %s %s %s", cases[i].words, view.ready, view.status, view.restarts);
	}
	return tap_end();
}
