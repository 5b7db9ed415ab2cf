/* validate.h: what a kind's object must be. The table's rules for metadata, then the kind's own (kind_hooks). */
#pragma once

#include <jv.h>

struct causes;
struct finder;
struct kind;

/* metadata.name (or generateName) and metadata.namespace are there already where the request gives them. */
void validate_create(const struct kind *kind, jv object, const struct finder *finder, struct causes *causes);

/* metadata.resourceVersion is not asked for: whoever stores the object compares it. */
void validate_update(const struct kind *kind, jv object, jv old, struct causes *causes);

/* Through the subresource status. */
void validate_status(const struct kind *kind, jv object, jv old, struct causes *causes);
