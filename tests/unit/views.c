/* The views that come with podline (plugins/views), from the folder itself: tests run at the top of the tree. */
#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "formats/filter.h"
#include "formats/jvs.h"
#include "tap.h"

static const struct {
	const char *view, *object, *wanted;
} cases[] = {
	{ "failing | .kind", "{\"kind\":\"Pod\",\"status\":{\"phase\":\"Running\"}}", "" },
	{ "failing | .kind", "{\"kind\":\"Pod\",\"status\":{\"phase\":\"Failed\"}}", "\"Pod\"|" },
	{ "failing | .kind", "{\"kind\":\"Pod\",\"status\":{\"containerStatuses\":[{\"state\":{\"waiting\":{\"reason\":"
		"\"CrashLoopBackOff\"}}}]}}", "\"Pod\"|" },
	{ "failing", "{\"kind\":\"Pod\",\"status\":{\"initContainerStatuses\":[{\"state\":{\"terminated\":{\"exitCode\":0}}}],"
		"\"containerStatuses\":[{\"state\":{\"waiting\":{\"reason\":\"ContainerCreating\"}}}]}}", "" },
	{ "failing | .kind", "{\"kind\":\"Deployment\",\"status\":{\"conditions\":[{\"type\":\"Available\",\"status\":\"False\"}]}}",
		"\"Deployment\"|" },
	{ "failing | .kind", "{\"kind\":\"Node\",\"status\":{\"conditions\":[{\"type\":\"Ready\",\"status\":\"Unknown\"}]}}",
		"\"Node\"|" },
	{ "failing", "{\"kind\":\"ConfigMap\"}", "" },
	{ "ready | .kind", "{\"kind\":\"Pod\",\"status\":{\"conditions\":[{\"type\":\"Ready\",\"status\":\"True\"}]}}", "\"Pod\"|" },
	{ "ready", "{\"kind\":\"Pod\",\"status\":{}}", "" },
	{ "notready | .kind", "{\"kind\":\"Pod\",\"status\":{}}", "\"Pod\"|" },
	{ "notready", "{\"kind\":\"Pod\",\"status\":{\"phase\":\"Succeeded\"}}", "" },
	{ "pending | [.pod, .reason, .message]", "{\"kind\":\"Pod\",\"metadata\":{\"name\":\"a\"},\"status\":{\"phase\":\"Pending\","
		"\"conditions\":[{\"type\":\"PodScheduled\",\"status\":\"False\",\"reason\":\"Unschedulable\",\"message\":\"no\"}]}}",
		"[\"a\",\"Unschedulable\",\"no\"]|" },
	{ "pending | .reason", "{\"kind\":\"Pod\",\"status\":{\"phase\":\"Pending\",\"containerStatuses\":[{\"state\":{\"waiting\":"
		"{\"reason\":\"ErrImagePull\"}}}]}}", "\"ErrImagePull\"|" },
	{ "pending | .reason", "{\"kind\":\"Pod\",\"status\":{\"phase\":\"Pending\"}}", "null|" },
	{ "restarts | [.pod, .container, .restarts, .exitCode]", "{\"kind\":\"Pod\",\"metadata\":{\"name\":\"a\"},\"status\":{"
		"\"containerStatuses\":[{\"name\":\"x\",\"restartCount\":2,\"lastState\":{\"terminated\":{\"exitCode\":1}}},"
		"{\"name\":\"y\",\"restartCount\":0}]}}", "[\"a\",\"x\",2,1]|" },
	{ "restarts(3)", "{\"kind\":\"Pod\",\"status\":{\"containerStatuses\":[{\"name\":\"x\",\"restartCount\":2}]}}", "" },
	{ "images | [.kind, .container, .image]", "{\"kind\":\"Deployment\",\"spec\":{\"template\":{\"spec\":{\"initContainers\":[{"
		"\"name\":\"i\",\"image\":\"a\"}],\"containers\":[{\"name\":\"c\",\"image\":\"b\"}]}}}}",
		"[\"Deployment\",\"i\",\"a\"]|[\"Deployment\",\"c\",\"b\"]|" },
	{ "images | .image", "{\"kind\":\"Pod\",\"spec\":{\"containers\":[{\"name\":\"c\",\"image\":\"b\"}]}}", "\"b\"|" },
	{ "images", "{\"kind\":\"ConfigMap\"}", "" },
	{ "requests | [.container, .requests.cpu, .limits]", "{\"kind\":\"Pod\",\"spec\":{\"containers\":[{\"name\":\"c\","
		"\"resources\":{\"requests\":{\"cpu\":\"1\"}}}]}}", "[\"c\",\"1\",null]|" },
};

static int add_result(void *arg, jv result, struct err *err)
{
	(void)err;
	jvs_print(result, arg);
	buf_add_char(arg, '|');
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
	if (jvs_parse(slice_of(object), &value, &err) < 0 || filter_new(program, &folders, jv_null(), &filter, &err) < 0 ||
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
