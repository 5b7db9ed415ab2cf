/* Probes and lifecycle hooks of containers. */
#include "api/checks.h"
#include "api/podspec.h"
#include "formats/jvs.h"

static void validate_exec(jv exec, const struct at *at, struct causes *causes)
{
	scoped(jv) jv command = jvs_at(exec, "command");

	if (jvs_len(command) == 0)
		required(causes, at_field(at, "command"), NULL);
}

static void validate_http_get(jv get, const struct at *at, struct causes *causes)
{
	static const char *const schemes[] = { "HTTP", "HTTPS", NULL };
	scoped(jv) jv headers = jvs_at(get, "httpHeaders");

	check_needed(get, "path", at, causes);
	check_port_or_name(get, "port", at, causes);
	check_choice(get, "scheme", schemes, false, at, causes);
	for (int i = 0; i < jvs_len(headers); i++) {
		scoped(jv) jv header = jvs_item(headers, i), name = jvs_at(header, "name");

		invalid_name(causes, at_field(at, "httpHeaders"), NAME_HEADER, jvs_text(name));
	}
}

static void validate_tcp(jv socket, const struct at *at, struct causes *causes)
{
	check_port_or_name(socket, "port", at, causes);
}

static void validate_grpc(jv grpc, const struct at *at, struct causes *causes)
{
	check_between(grpc, "port", 1, 65535, at, causes);
}

static void validate_sleep(jv sleep, const struct at *at, struct causes *causes)
{
	check_not_negative(sleep, "seconds", at, causes);
}

static const struct {
	const char *name;
	void (*validate)(jv handler, const struct at *at, struct causes *causes);
} handlers[] = {
	{ "exec", validate_exec },
	{ "httpGet", validate_http_get },
	{ "tcpSocket", validate_tcp },
	{ "grpc", validate_grpc },
	{ "sleep", validate_sleep },
};

static void validate_handler(jv holder, const struct at *at, struct causes *causes)
{
	int count = 0;

	for (size_t i = 0; i < sizeof handlers / sizeof *handlers; i++) {
		scoped(jv) jv handler = jvs_at(holder, handlers[i].name);

		if (!jvs_is(handler, JV_KIND_OBJECT))
			continue;
		if (count++)
			forbidden(causes, at_field(at, handlers[i].name), "may not specify more than 1 handler type");
		else
			handlers[i].validate(handler, at_field(at, handlers[i].name), causes);
	}
	if (!count)
		required(causes, at, "must specify a handler type");
}

static void validate_probe(jv probe, const struct at *at, struct causes *causes)
{
	static const char *const counts[] = {
		"initialDelaySeconds",
		"timeoutSeconds",
		"periodSeconds",
		"successThreshold",
		"failureThreshold",
	};

	validate_handler(probe, at, causes);
	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
		check_not_negative(probe, counts[i], at, causes);
	check_above_zero(probe, "terminationGracePeriodSeconds", at, causes);
}

/* One success is enough where a probe decides over restarts. */
static void validate_threshold(jv probe, const struct at *at, struct causes *causes)
{
	scoped(jv) jv threshold = jvs_at(probe, "successThreshold");

	if (jvs_get_int(probe, "successThreshold", 1) != 1)
		invalid(causes, at_field(at, "successThreshold"), threshold, "must be 1");
}

void container_probes_validate(jv container, const struct at *at, struct causes *causes)
{
	static const char *const names[] = { "livenessProbe", "readinessProbe", "startupProbe" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		scoped(jv) jv probe = jvs_at(container, names[i]),
			      grace = jvs_at(probe, "terminationGracePeriodSeconds");
		bool ready = i == 1;

		if (!jvs_is(probe, JV_KIND_OBJECT))
			continue;
		validate_probe(probe, at_field(at, names[i]), causes);
		if (!ready)
			validate_threshold(probe, at_field(at, names[i]), causes);
		else if (!jvs_is(grace, JV_KIND_NULL))
			invalid(causes, at_field(at_field(at, names[i]), "terminationGracePeriodSeconds"), grace,
				"must not be set for readinessProbes");
	}
}

void lifecycle_validate(jv lifecycle, const struct at *at, struct causes *causes)
{
	static const char *const names[] = { "postStart", "preStop" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		scoped(jv) jv handler = jvs_at(lifecycle, names[i]);

		if (jvs_is(handler, JV_KIND_OBJECT))
			validate_handler(handler, at_field(at, names[i]), causes);
	}
}
