#include "verb/wanted.h"

#include <string.h>
#include <strings.h>

#include "base/err.h"
#include "base/mem.h"
#include "formats/filter.h"
#include "formats/jvs.h"

struct wanted {
	int (*test)(const struct wanted *wanted, jv object, struct err *err);
	char *type, *status;            /* of a condition */
	struct filter *filter;
};

void wanted_free(struct wanted *wanted)
{
	if (!wanted)
		return;
	free(wanted->type);
	free(wanted->status);
	filter_free(wanted->filter);
	free(wanted);
}

/* The condition of a type, owned; null where there is none. */
static jv condition_of(jv object, const char *type)
{
	scoped(jv) jv conditions = jvs_get(object, "status.conditions");

	for (int i = 0; i < jvs_len(conditions); i++) {
		jv condition = jvs_item(conditions, i);
		scoped_free char *its = jvs_get_text(condition, "type");

		if (its && strcasecmp(its, type) == 0)
			return condition;
		jv_free(condition);
	}
	return jv_null();
}

static bool has_condition(jv object, const char *type, const char *status)
{
	scoped(jv) jv condition = condition_of(object, type);
	scoped_free char *its = jvs_get_text(condition, "status");

	return its && strcasecmp(its, status) == 0;
}

/* The controller has seen the spec that the status is about. */
static bool is_observed(jv object)
{
	return jvs_get_int(object, "status.observedGeneration", INT64_MAX) >=
		jvs_get_int(object, "metadata.generation", 0);
}

static int hopeless(jv object, const char *why, jv message_of, struct err *err)
{
	scoped_free char *kind = jvs_get_text(object, "kind"), *name = jvs_get_text(object, "metadata.name"),
			 *message = jvs_get_text(message_of, "message");

	return err_set(err, ERR_HOPELESS, NULL, "%s \"%s\" %s%s%s", kind ? kind : "object", name ? name : "", why,
		message && *message ? ": " : "", message && *message ? message : "");
}

/* -1 where a kind's own words say that it has failed for good. */
static int check_hope(jv object, struct err *err)
{
	scoped(jv) jv status = jvs_get(object, "status"), progress = condition_of(object, "Progressing"),
		      failed = condition_of(object, "Failed");

	if (jvs_get_is(object, "kind", "Pod") && jvs_get_is(status, "phase", "Failed"))
		return hopeless(object, "has failed", status, err);
	if (jvs_get_is(object, "kind", "Job") && jvs_get_is(failed, "status", "True"))
		return hopeless(object, "has failed", failed, err);
	if (jvs_get_is(progress, "reason", "ProgressDeadlineExceeded") && is_observed(object))
		return hopeless(object, "is past its deadline", progress, err);
	return 0;
}

static int test_condition(const struct wanted *wanted, jv object, struct err *err)
{
	if (is_observed(object) && has_condition(object, wanted->type, wanted->status))
		return 1;
	return check_hope(object, err);
}

/* replicas of them are there, of the newest template, and can be used. */
static bool is_rolled_out(jv object)
{
	int64_t replicas = jvs_get_int(object, "spec.replicas", 1);

	return is_observed(object) && jvs_get_int(object, "status.replicas", 0) == replicas &&
		jvs_get_int(object, "status.availableReplicas", 0) == replicas &&
		jvs_get_int(object, "status.updatedReplicas", replicas) == replicas;
}

static int test_ready(const struct wanted *wanted, jv object, struct err *err)
{
	scoped(jv) jv conditions = jvs_get(object, "status.conditions"), replicas = jvs_get(object, "spec.replicas"),
		      ready = condition_of(object, "Ready");
	bool is_pod = jvs_get_is(object, "kind", "Pod"), met;

	(void)wanted;
	if (is_pod && jvs_get_is(object, "status.phase", "Succeeded"))
		return hopeless(object, "has come to its end", jv_null(), err);
	if (is_pod || jvs_is(ready, JV_KIND_OBJECT))
		met = has_condition(object, "Ready", "True");
	else if (jvs_is(replicas, JV_KIND_NUMBER))
		met = is_rolled_out(object);
	else
		met = !jvs_len(conditions) || has_condition(object, "Available", "True");
	return met ? 1 : check_hope(object, err);
}

static int test_complete(const struct wanted *wanted, jv object, struct err *err)
{
	(void)wanted;
	if (jvs_get_is(object, "kind", "Pod") && jvs_get_is(object, "status.phase", "Succeeded"))
		return 1;
	return has_condition(object, "Complete", "True") ? 1 : check_hope(object, err);
}

static int test_filter(const struct wanted *wanted, jv object, struct err *err)
{
	return filter_test(wanted->filter, object, err);
}

/* That it is there says that it is not deleted. */
static int test_deleted(const struct wanted *wanted, jv object, struct err *err)
{
	(void)wanted;
	(void)object;
	(void)err;
	return 0;
}

static void set_condition(struct wanted *wanted, const char *type, size_t len, const char *status)
{
	wanted->test = test_condition;
	wanted->type = mem_dup_n(type, len);
	wanted->status = mem_dup(status);
}

int wanted_parse(const char *text, const struct strs *views, struct wanted **wanted, struct err *err)
{
	scoped_ptr(wanted) struct wanted *made = mem_alloc(sizeof *made);

	if (strcmp(text, "ready") == 0) {
		made->test = test_ready;
	} else if (strcmp(text, "complete") == 0) {
		made->test = test_complete;
	} else if (strcmp(text, "delete") == 0 || strcmp(text, "deleted") == 0) {
		made->test = test_deleted;
	} else if (strcmp(text, "available") == 0) {
		set_condition(made, "Available", 9, "True");
	} else if (strncmp(text, "condition=", 10) == 0 && text[10] && text[10] != '=') {
		const char *type = text + 10, *equals = strchr(type, '=');

		set_condition(made, type, strcspn(type, "="), equals ? equals + 1 : "True");
	} else {
		made->test = test_filter;
		if (filter_new(text, views, jv_null(), &made->filter, err) < 0)
			return -1;
	}
	*wanted = steal(made);
	return 0;
}

bool wanted_is_deleted(const struct wanted *wanted)
{
	return wanted->test == test_deleted;
}

int wanted_test(const struct wanted *wanted, jv object, struct err *err)
{
	return wanted->test(wanted, object, err);
}
