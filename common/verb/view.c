#include "verb/view.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "formats/jvs.h"
#include "formats/podview.h"

static const char *const pod_columns[] = { "READY", "STATUS", "RESTARTS", "AGE", "IP", "NODE", "NOMINATED NODE",
	"READINESS GATES", NULL };

static void pod_cells(jv pod, int64_t now, struct strs *cells)
{
	scoped(podview) struct podview view = { 0 };

	podview_init(&view, pod, now);
	strs_add(cells, view.ready);
	strs_add(cells, view.status);
	strs_add(cells, view.restarts);
	strs_add(cells, view.age);
	strs_add(cells, view.ip);
	strs_add(cells, view.node);
	strs_add(cells, view.nominated_node);
	strs_add(cells, view.readiness_gates);
}

static const char *const other_columns[] = { "AGE", NULL };

static void other_cells(jv object, int64_t now, struct strs *cells)
{
	scoped_free char *created = jvs_get_text(object, "metadata.creationTimestamp");
	int64_t then;

	if (created && clock_parse(created, &then, NULL) == 0)
		strs_take(cells, clock_age(now - then / 1000000000));
	else
		strs_add(cells, "<unknown>");
}

static const struct view views[] = {
	{ "Pod", pod_columns, 4, pod_cells },
	{ NULL, other_columns, 1, other_cells },
};

bool view_has(const char *kind)
{
	const struct view *view = views;

	while (view->kind && strcmp(kind, view->kind) != 0)
		view++;
	return view->kind;
}

const struct view *view_of(jv object)
{
	const struct view *view = views;

	while (view->kind && !jvs_get_is(object, "kind", view->kind))
		view++;
	return view;
}
