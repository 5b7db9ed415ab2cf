/* schema.h: the types of the API as tables: made by schema/gen.c from schema/*.json when podline is built, read-only
 * data of the binary. Decoding, defaults, patches and ownership of fields read these and know no kind. */
#pragma once

#include <jv.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kind;

enum schema_form {
	SCHEMA_STRING,
	SCHEMA_BOOL,
	SCHEMA_INT32,
	SCHEMA_INT64,
	SCHEMA_DOUBLE,
	SCHEMA_BYTES,           /* base64 */
	SCHEMA_TIME,            /* RFC 3339, whole seconds */
	SCHEMA_MICRO_TIME,      /* the same with six digits of a second */
	SCHEMA_QUANTITY,
	SCHEMA_INT_OR_STRING,
	SCHEMA_RAW,             /* any object, as it is */
	SCHEMA_STRUCT,
	SCHEMA_MAP,             /* keys are strings */
	SCHEMA_LIST,
};

/* How server-side apply takes a list, map or struct: x-kubernetes-list-type, x-kubernetes-map-type. */
enum schema_merge {
	MERGE_ATOMIC,           /* as one value */
	MERGE_GRANULAR,         /* a map or struct: by field */
	MERGE_SET,              /* a list of scalars that stand once each */
	MERGE_KEYED,            /* a list of structs with keys */
};

struct schema_field;

struct schema {
	const char *name;                       /* of a struct: "io.k8s.api.core.v1.PodSpec"; else NULL */
	const char *go;                         /* upstream's name in what it says: "v1.PodSpec", "[]v1.Container" */
	const struct schema_field *fields;      /* of a struct, sorted by name */
	const struct schema *item;              /* of a list or map */
	const char *const *keys;                /* of a keyed list, NULL-ended */
	uint16_t count;                         /* of fields */
	uint8_t form, merge;
};

/* What a strategic merge patch does: x-kubernetes-patch-strategy. */
#define PATCH_MERGE 1
#define PATCH_REPLACE 2
#define PATCH_RETAIN_KEYS 4

struct schema_field {
	const char *name;
	const struct schema *schema;
	const char *fallback;           /* default that is no zero value, as JSON; or NULL */
	const char *zero;               /* what stands in JSON where nothing was given ("{}", "null", "0"); NULL: no field */
	const char *merge_key;          /* of a strategic merge patch, or NULL */
	uint8_t name_len, strategy;
	bool required;
	bool omit_zero;                 /* a zero value that was given leaves no field (false for Go's pointers) */
	bool inlined;                   /* always has a value, for validation of structs that are not there */
};

const struct schema *schema_find(const char *name);     /* NULL: none of that name */
const struct schema_field *schema_field(const struct schema *schema, const char *name, size_t len);

/* Defaults of the schema, then the kind's own (kind_hooks.default_fields). In place. */
void schema_default(const struct kind *kind, jv *object);
