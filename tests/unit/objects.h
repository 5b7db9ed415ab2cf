/* objects.h: objects as texts, for the unit tests of the API's types: JSON with its keys sorted, and with ' for ". */
#pragma once

#include <jv.h>
#include <stdlib.h>
#include <string.h>

#include "api/kind.h"
#include "base/mem.h"
#include "formats/jvs.h"

/* Text written with ' for ", so that tables can be read. The caller frees. */
static inline char *unquote(const char *text)
{
	char *plain = mem_dup(text);

	for (char *c = plain; *c; c++)
		if (*c == '\'')
			*c = '"';
	return plain;
}

static inline jv parse(const char *text)
{
	scoped_free char *plain = unquote(text);

	return jv_parse(plain);
}

/* The caller frees. */
static inline char *sorted(jv value)
{
	scoped(jv) jv text = jv_dump_string(jv_copy(value), JV_PRINT_SORTED);
	char *plain = mem_dup(jv_string_value(text));

	for (char *c = plain; *c; c++)
		if (*c == '"')
			*c = '\'';
	return plain;
}

/* "v1/Pod", "apps/v1/Deployment". */
static inline const struct kind *kind_named(const char *text)
{
	const char *slash = strrchr(text, '/');
	scoped_free char *version = mem_dup_n(text, (size_t)(slash - text));

	return kind_of(version, slash + 1);
}
