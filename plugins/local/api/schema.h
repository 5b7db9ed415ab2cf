/* schema.h: the kinds' fields as the schema tells them (schemas of the OpenAPI documents, compiled in): decoding with
 * strictness, defaults, type checks, patches, and who owns which field. Pure: knows no store and no request. */
#pragma once

#include <jv.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/strs.h"

struct causes;
struct kind;

/* From bytes (JSON or YAML) to an object of the kind: types coerced or refused with upstream's words (400 BadRequest in
 * err), unknown fields dropped. Unknown and duplicate fields are told in strict, one a line of upstream's wording
 * ('unknown field "spec.foo"', 'duplicate field "spec.bar"'); what to do with them is the caller's. */
int schema_decode(const struct kind *kind, struct slice body, bool yaml, jv *object, struct strs *strict,
	struct err *err);

/* The same check for an object that is a jv already (after a patch). */
int schema_check(const struct kind *kind, jv *object, struct strs *strict, struct err *err);

/* Defaults of the schema, then the kind's own. In place. */
void schema_default(const struct kind *kind, jv *object);

/* What the schema requires and enumerates; the kind's own rules; metadata's rules. */
void schema_validate(const struct kind *kind, jv object, struct causes *causes);
void schema_validate_update(const struct kind *kind, jv object, jv old, struct causes *causes);

/* Patches: *result is owned. -1: err has upstream's code (400, 422, 500 …), reason and words. */
int patch_json(jv object, jv patch, jv *result, struct err *err);               /* RFC 6902 */
int patch_merge(jv object, jv patch, jv *result, struct err *err);              /* RFC 7386 */
int patch_strategic(const struct kind *kind, jv object, jv patch, jv *result, struct err *err);

/* Server-side apply and the bookkeeping of managers. time: RFC 3339. subresource: "" or its name.
 * Source: sigs.k8s.io/structured-merge-diff, k8s.io/apimachinery/pkg/util/managedfields. */
int managed_apply(const struct kind *kind, jv live, jv applied, const char *manager, const char *subresource, bool force,
	const char *time, jv *result, jv *conflicts, struct err *err);
void managed_update(const struct kind *kind, jv old, jv *object, const char *manager, const char *subresource,
	const char *time);
