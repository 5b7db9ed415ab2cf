/* Requests and limits of containers. */
#include <string.h>

#include "api/checks.h"
#include "api/podspec.h"
#include "formats/jvs.h"
#include "formats/quantity.h"

static struct quantity amount_of(jv value)
{
	struct quantity amount = { 0 };

	quantity_parse(slice_of(jvs_text(value)), &amount);
	return amount;
}

static bool is_huge_page(const char *name)
{
	return strncmp(name, "hugepages-", strlen("hugepages-")) == 0;
}

/* Requests may be below limits for what a node can share; the rest (devices, huge pages) is handed out whole. */
static bool may_overcommit(const char *name)
{
	return !is_huge_page(name) && (!strchr(name, '/') || strstr(name, "kubernetes.io/"));
}

static bool is_standard(const char *name)
{
	return !strcmp(name, "cpu") || !strcmp(name, "memory") || !strcmp(name, "ephemeral-storage") ||
	       is_huge_page(name);
}

static void validate_amount(const char *name, jv value, const struct at *at, struct causes *causes)
{
	struct quantity amount = amount_of(value);
	scoped(jv) jv shown = jv_string(name);

	invalid_name(causes, at, NAME_KEY, name);
	if (!strchr(name, '/') && !is_standard(name))
		invalid(causes, at, shown, "must be a standard resource for containers");
	if (amount.nano < 0)
		invalid(causes, at, value, "must be greater than or equal to 0");
	else if (!may_overcommit(name) && !is_huge_page(name) && amount.nano % 1000000000)
		invalid(causes, at, value, "must be an integer");
}

static void validate_request(const char *name, jv request, jv limits, const struct at *at, struct causes *causes)
{
	scoped(jv) jv limit = jvs_at(limits, name);
	struct quantity asked = amount_of(request), most = amount_of(limit);
	const struct at *where = at_field(at, "requests");

	if (jvs_is(limit, JV_KIND_NULL)) {
		if (!may_overcommit(name))
			required(causes, at_field(at, "limits"), "Limit must be set for non overcommitable resources");
		return;
	}
	if (!may_overcommit(name) && asked.nano != most.nano)
		invalid(causes, where, request, "must be equal to %s limit of %s", name, jvs_text(limit));
	else if (asked.nano > most.nano)
		invalid(causes, where, request, "must be less than or equal to %s limit of %s", name, jvs_text(limit));
}

void resources_validate(jv resources, const struct at *at, struct causes *causes)
{
	scoped(jv) jv limits = jvs_at(resources, "limits"), requests = jvs_at(resources, "requests");

	if (jvs_is(limits, JV_KIND_OBJECT)) {
		jv_object_foreach(limits, key, value)
		{
			validate_amount(jv_string_value(key), value,
				at_key(at_field(at, "limits"), jv_string_value(key)), causes);
			jv_free(key);
			jv_free(value);
		}
	}
	if (jvs_is(requests, JV_KIND_OBJECT)) {
		jv_object_foreach(requests, key, value)
		{
			validate_amount(jv_string_value(key), value,
				at_key(at_field(at, "requests"), jv_string_value(key)), causes);
			validate_request(jv_string_value(key), value, limits, at, causes);
			jv_free(key);
			jv_free(value);
		}
	}
}
