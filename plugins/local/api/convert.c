#include "api/convert.h"

#include "api/schema.h"
#include "api/typed.h"
#include "formats/jvs.h"

static const struct rename {
	const char *core, *new;
} renames[] = {
	{ "metadata", "metadata" }, { "involvedObject", "regarding" }, { "reason", "reason" }, { "message", "note" },
	{ "source", "deprecatedSource" }, { "firstTimestamp", "deprecatedFirstTimestamp" },
	{ "lastTimestamp", "deprecatedLastTimestamp" }, { "count", "deprecatedCount" }, { "type", "type" },
	{ "eventTime", "eventTime" }, { "series", "series" }, { "action", "action" }, { "related", "related" },
	{ "reportingComponent", "reportingController" }, { "reportingInstance", "reportingInstance" },
};

static jv convert(jv object, bool to_core)
{
	jv result = typed_zero(schema_find(to_core ? "io.k8s.api.core.v1.Event" : "io.k8s.api.events.v1.Event"));

	jvs_put(&result, "kind", jv_string("Event"));
	jvs_put(&result, "apiVersion", jv_string(to_core ? "v1" : "events.k8s.io/v1"));
	for (size_t i = 0; i < sizeof renames / sizeof *renames; i++) {
		jv value = jvs_at(object, to_core ? renames[i].new : renames[i].core);

		/* The core form spells out what is empty. */
		if (jvs_is(value, JV_KIND_NULL) || (jvs_is(value, JV_KIND_STRING) && !*jvs_text(value)))
			jv_free(value);
		else
			jvs_put(&result, to_core ? renames[i].core : renames[i].new, value);
	}
	return result;
}

jv convert_event_to_core(jv object)
{
	return convert(object, true);
}

jv convert_event_from_core(jv object)
{
	return convert(object, false);
}
