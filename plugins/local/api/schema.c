#include "api/schema.h"

#include <stdlib.h>
#include <string.h>

static int compare_names(const void *name, const void *schema)
{
	return strcmp(name, ((const struct schema *)schema)->name);
}

const struct schema *schema_find(const char *name)
{
	return bsearch(name, schema_types, schema_struct_count, sizeof(*schema_types), compare_names);
}

const struct schema_field *schema_field(const struct schema *schema, const char *name, size_t len)
{
	size_t low = 0, high = schema->form == SCHEMA_STRUCT ? schema->count : 0;

	while (low < high) {
		size_t middle = (low + high) / 2;
		const struct schema_field *field = &schema->fields[middle];
		int order = memcmp(name, field->name, len < field->name_len ? len : field->name_len);

		if (order == 0 && len == field->name_len)
			return field;
		if (order < 0 || (order == 0 && len < field->name_len))
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}
