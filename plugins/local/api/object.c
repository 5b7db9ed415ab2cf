#include "api/object.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/mem.h"
#include "formats/jvs.h"

#define NS_PER_SECOND INT64_C(1000000000)

static void fill_random(void *at, size_t len)
{
	if (getrandom(at, len, 0) != (ssize_t)len)
		abort();        /* which Linux never does for so few bytes */
}

char *object_uid(void)
{
	unsigned char b[16];

	fill_random(b, sizeof b);
	b[6] = (b[6] & 0x0f) | 0x40;    /* version 4 */
	b[8] = (b[8] & 0x3f) | 0x80;    /* of RFC 4122 */
	return mem_printf("%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1], b[2],
		b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
}

char *object_time(int64_t in_seconds)
{
	return clock_format(clock_now_ns() / NS_PER_SECOND + in_seconds);
}

char *object_now(void)
{
	return object_time(0);
}

char *object_meta(jv object, const char *key)
{
	scoped(jv) jv metadata = jvs_at(object, "metadata");
	scoped(jv) jv value = jvs_at(metadata, key);

	return jvs_is(value, JV_KIND_STRING) ? mem_dup(jvs_text(value)) : NULL;
}

/* Takes metadata out of the object, so that it has one owner and is changed in place. */
static jv take_metadata(jv *object)
{
	jv metadata = jvs_at(*object, "metadata");

	jvs_put(object, "metadata", jv_null());
	if (jvs_is(metadata, JV_KIND_OBJECT))
		return metadata;
	jv_free(metadata);
	return jv_object();
}

void object_set_meta(jv *object, const char *key, jv value)
{
	jv metadata = take_metadata(object);

	jvs_put(&metadata, key, value);
	jvs_put(object, "metadata", metadata);
}

bool object_has_meta(jv object, const char *key)
{
	scoped(jv) jv metadata = jvs_at(object, "metadata");
	scoped(jv) jv value = jvs_at(metadata, key);

	return !jvs_is(value, JV_KIND_NULL);
}

void object_keep_meta(jv *object, jv from, const char *key)
{
	scoped(jv) jv old = jvs_at(from, "metadata");
	scoped(jv) jv value = jvs_at(old, key);
	jv metadata = take_metadata(object);

	if (jvs_is(value, JV_KIND_NULL))
		jvs_remove(&metadata, key);
	else
		jvs_put(&metadata, key, jv_copy(value));
	jvs_put(object, "metadata", metadata);
}

static jv without(jv object, const char *const *keys)
{
	jv copy = jv_copy(object);

	for (; *keys; keys++)
		copy = jv_object_delete(copy, jv_string(*keys));
	return copy;
}

bool object_spec_differs(jv a, jv b)
{
	static const char *const not_counted[] = { "metadata", "status", NULL };
	scoped(jv) jv left = without(a, not_counted), right = without(b, not_counted);

	return !jvs_equal(left, right);
}

int object_version(jv object, uint64_t *version)
{
	scoped_free char *text = object_meta(object, "resourceVersion");
	char *end = NULL;

	*version = 0;
	if (!text || !*text)
		return 0;
	errno = 0;
	*version = strtoull(text, &end, 10);
	return *end || errno || *text == '-' || *text == '+' ? -1 : 0;
}
