/* Leases. Source: k8s.io/kubernetes/pkg/apis/coordination/validation. */
#include "api/checks.h"
#include "api/kind.h"
#include "formats/jvs.h"

static void validate(jv object, const struct finder *finder, struct causes *causes)
{
	scoped(jv) jv spec = jvs_at(object, "spec"), holder = jvs_at(spec, "holderIdentity");
	const struct at *at = at_field(NULL, "spec");

	(void)finder;
	check_above_zero(spec, "leaseDurationSeconds", at, causes);
	check_not_negative(spec, "leaseTransitions", at, causes);
	if (jvs_is(holder, JV_KIND_STRING) && !*jvs_text(holder))
		invalid(causes, at_field(at, "holderIdentity"), holder, "must not be empty");
}

const struct kind_hooks lease_hooks = {
	.validate = validate,
};
