/* schema.h: the types of the API as tables: made by schema/tables.c when podline is built, read-only data of the
 * binary. Decoding, defaults, patches and ownership of fields read these and know no kind. */
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
	SCHEMA_BYTES,	   /* base64 */
	SCHEMA_TIME,	   /* RFC 3339, whole seconds */
	SCHEMA_MICRO_TIME, /* the same with six digits of a second */
	SCHEMA_QUANTITY,
	SCHEMA_INT_OR_STRING,
	SCHEMA_RAW, /* any object, as it is */
	SCHEMA_STRUCT,
	SCHEMA_MAP, /* keys are strings */
	SCHEMA_LIST,
};

/* How server-side apply takes a list, map or struct: x-kubernetes-list-type, x-kubernetes-map-type. */
enum schema_merge {
	MERGE_ATOMIC,	/* as one value */
	MERGE_GRANULAR, /* a map or struct: by field */
	MERGE_SET,	/* a list of scalars that stand once each */
	MERGE_KEYED,	/* a list of structs with keys */
};

/* What stands in JSON where a field was not given: nothing, or what Go writes for its zero value. */
enum schema_zero {
	ZERO_ABSENT,
	ZERO_NULL,
	ZERO_TEXT, /* "" */
	ZERO_NUMBER,
	ZERO_FALSE,
	ZERO_QUANTITY, /* "0" */
	ZERO_STRUCT,   /* {} with the zero values of its own fields */
};

struct schema_field;

struct schema {
	const char *name;		   /* of a struct: "io.k8s.api.core.v1.PodSpec"; else NULL */
	const char *go;			   /* upstream's name in what it says: "v1.PodSpec", "[]v1.Container" */
	const struct schema_field *fields; /* of a struct, sorted by name */
	const struct schema *item;	   /* of a list or map */
	const char *const *keys;	   /* of a keyed list, NULL-ended */
	uint16_t count;			   /* of fields */
	uint8_t form, merge;
	bool fallbacks; /* a field at or below has a fallback */
};

/* What a strategic merge patch does: x-kubernetes-patch-strategy. */
#define PATCH_MERGE 1
#define PATCH_REPLACE 2
#define PATCH_RETAIN_KEYS 4

struct schema_field {
	const char *name;
	const struct schema *schema;
	const char *fallback;  /* default that is no zero value, as JSON; or NULL */
	const char *merge_key; /* of a strategic merge patch, or NULL */
	uint8_t name_len, strategy, zero;
	bool required;
	bool omit_zero; /* a zero value that was given leaves no field (false for Go's pointers) */
};

/* The structs first, sorted by name, then what their fields are. */
extern const struct schema schema_types[];
extern const size_t schema_struct_count;

const struct schema *schema_find(const char *name); /* NULL: none of that name */
const struct schema_field *schema_field(const struct schema *schema, const char *name, size_t len);

/* Defaults of the schema, then the kind's own (kind_hooks.default_fields). In place. */
void schema_default(const struct kind *kind, jv *object);
