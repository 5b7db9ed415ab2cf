/* Events, of the core group and of events.k8s.io. Source: k8s.io/kubernetes/pkg/apis/core/validation/events.go. */
#include <string.h>

#include "api/checks.h"
#include "api/kind.h"
#include "formats/jvs.h"

/* An event lies where its object does; those of cluster-wide objects in "default". */
static void validate_namespace(jv object, const char *field, struct causes *causes)
{
	scoped(jv) jv about = jvs_at(object, field), theirs = jvs_at(about, "namespace"),
		      own = jvs_get(object, "metadata.namespace");
	bool matches = *jvs_text(theirs) ? !strcmp(jvs_text(theirs), jvs_text(own))
					 : !*jvs_text(own) || !strcmp(jvs_text(own), "default");
	scoped(jv) jv shown = jv_string(jvs_text(theirs));

	if (!matches)
		invalid(causes, at_field(at_field(NULL, field), "namespace"), shown, "does not match event.namespace");
}

static void validate_core(jv object, const struct finder *finder, struct causes *causes)
{
	(void)finder;
	validate_namespace(object, "involvedObject", causes);
}

/* The newer form says more, and must. */
static void validate_new(jv object, const struct finder *finder, struct causes *causes)
{
	static const char *const needed[] = { "reportingController", "reportingInstance", "action", "reason" };
	scoped(jv) jv time = jvs_at(object, "eventTime"), type = jvs_at(object, "type"), note = jvs_at(object, "note"),
		      none = jv_string("");

	(void)finder;
	validate_namespace(object, "regarding", causes);
	if (!jvs_is(time, JV_KIND_STRING))
		required(causes, at_field(NULL, "eventTime"), NULL);
	for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
		check_needed(object, needed[i], NULL, causes);
	if (strcmp(jvs_text(type), "Normal") != 0 && strcmp(jvs_text(type), "Warning") != 0)
		invalid(causes, at_field(NULL, "type"), none, "has invalid value: %s", jvs_text(type));
	if (strlen(jvs_text(note)) > 1024)
		too_long(causes, at_field(NULL, "note"), 1024);
}

const struct kind_hooks event_hooks = {
	.validate = validate_core,
};

const struct kind_hooks new_event_hooks = {
	.validate = validate_new,
};
