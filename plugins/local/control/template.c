#include "control/template.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "formats/jvs.h"

/* No vowels and nothing that looks like another: names do not spell words.
 * Source: k8s.io/apimachinery/pkg/util/rand, SafeEncodeString. */
static const char letters[] = "bcdfghjklmnpqrstvwxz2456789";

char *template_hash(jv template, int64_t collisions)
{
	scoped(jv) jv text = jv_dump_string(jv_copy(template), JV_PRINT_SORTED);
	scoped_free char *salted = mem_printf("%s%" PRId64, jv_string_value(text), collisions);
	char *hash = mem_printf("%" PRIu32, map_hash(salted));

	for (char *at = hash; *at; at++)
		*at = letters[(unsigned char)*at % (sizeof letters - 1)];
	return hash;
}

static jv without_hash(jv template)
{
	scoped(jv) jv labels = jvs_get(template, "metadata.labels");
	jv plain = jv_copy(template);

	jvs_remove(&plain, "metadata.labels." TEMPLATE_HASH);
	if (jvs_is(labels, JV_KIND_NULL))
		jvs_set(&plain, "metadata.labels", jv_object());
	return plain;
}

bool template_same(jv a, jv b)
{
	scoped(jv) jv one = without_hash(a), other = without_hash(b);

	return jvs_equal(one, other);
}

jv template_with_hash(jv template, const char *hash)
{
	jv with = jv_copy(template);

	jvs_set_text(&with, "metadata.labels." TEMPLATE_HASH, hash);
	return with;
}
