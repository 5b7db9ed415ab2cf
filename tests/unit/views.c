/* The views that come with podline (plugins/views), from the folder itself: tests run at the top of the tree. */
#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "formats/filter.h"
#include "formats/jvs.h"
#include "formats/yamls.h"
#include "tap.h"

static const struct {
	const char *view;
	const char *object;     /* as YAML */
	const char *wanted;
} cases[] = {
	{ "failing | .kind", "{kind: Pod, status: {phase: Failed}}", "Pod" },
	{ "failing", "{kind: Pod, status: {phase: Running}}", "" },
	{ "failing | .kind",
		"{kind: Pod, status: {containerStatuses: [{state: {waiting: {reason: ErrImagePull}}}]}}", "Pod" },
	{ "failing",
		"{kind: Pod, status: {containerStatuses: [{state: {waiting: {reason: ContainerCreating}}}]}}", "" },
	{ "failing", "{kind: Pod, status: {initContainerStatuses: [{state: {terminated: {exitCode: 0}}}]}}", "" },
	{ "failing | .kind",
		"{kind: Pod, status: {initContainerStatuses: [{state: {terminated: {exitCode: 1}}}]}}", "Pod" },
	{ "failing | .kind",
		"{kind: Deployment, status: {conditions: [{type: Available, status: 'False'}]}}", "Deployment" },
	{ "failing | .kind", "{kind: Job, status: {conditions: [{type: Failed, status: 'True'}]}}", "Job" },
	{ "failing | .kind", "{kind: Node, status: {conditions: [{type: Ready, status: Unknown}]}}", "Node" },
	{ "failing", "{kind: ConfigMap}", "" },
	{ "ready | .kind", "{kind: Pod, status: {conditions: [{type: Ready, status: 'True'}]}}", "Pod" },
	{ "ready", "{kind: Pod, status: {conditions: [{type: Ready, status: 'False'}]}}", "" },
	{ "notready | .kind", "{kind: Pod, status: {}}", "Pod" },
	{ "notready", "{kind: Pod, status: {phase: Succeeded}}", "" },
	{ "pending | .pod, .reason, .message", "{kind: Pod, metadata: {name: a}, status: {phase: Pending, conditions: "
		"[{type: PodScheduled, status: 'False', reason: Unschedulable, message: full}]}}",
		"a Unschedulable full" },
	{ "pending | .reason", "{kind: Pod, status: {phase: Pending, containerStatuses: "
		"[{state: {waiting: {reason: ErrImagePull}}}]}}", "ErrImagePull" },
	{ "pending | .reason", "{kind: Pod, status: {phase: Pending}}", "null" },
	{ "restarts | .pod, .container, .restarts, .exitCode",
		"{kind: Pod, metadata: {name: a}, status: {containerStatuses: "
		"[{name: x, restartCount: 2, lastState: {terminated: {exitCode: 1}}}, {name: z, restartCount: 0}]}}",
		"a x 2 1" },
	{ "restarts(3)", "{kind: Pod, status: {containerStatuses: [{name: x, restartCount: 2}]}}", "" },
	{ "images | .kind, .container, .image", "{kind: Deployment, spec: {template: {spec: {initContainers: "
		"[{name: i, image: a}], containers: [{name: c, image: b}]}}}}", "Deployment i a Deployment c b" },
	{ "images | .image", "{kind: Pod, spec: {containers: [{name: c, image: b}]}}", "b" },
	{ "images", "{kind: ConfigMap}", "" },
	{ "requests | .container, .requests.cpu, .limits", "{kind: Pod, spec: {containers: "
		"[{name: c, resources: {requests: {cpu: 100m}}}]}}", "c 100m null" },
};

static int add_result(void *arg, jv result, struct err *err)
{
	struct buf *got = arg;

	(void)err;
	if (got->len)
		buf_add_char(got, ' ');
	if (jvs_is(result, JV_KIND_STRING))
		buf_add_text(got, jvs_text(result));
	else
		jvs_print(result, got);
	return 0;
}

static char *run(const char *program, const char *object)
{
	scoped_ptr(filter) struct filter *filter = NULL;
	scoped(strs) struct strs folders = { 0 };
	scoped(err) struct err err = { 0 };
	scoped(jv) jv value = jv_null();
	struct buf got = { 0 };

	strs_add(&folders, "plugins/views");
	if (yamls_parse(slice_of(object), &value, NULL, &err) < 0 ||
		filter_new(program, &folders, jv_null(), &filter, &err) < 0 ||
		filter_run(filter, value, add_result, &got, &err) < 0)
		buf_add_text(&got, err_text(&err));
	return buf_steal(&got);
}

int main(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		scoped_free char *got = run(cases[i].view, cases[i].object);
		scoped_free char *words = mem_printf("%s (case %zu)", cases[i].view, i);

		same(got, cases[i].wanted, words);
	}
	return tap_end();
}
