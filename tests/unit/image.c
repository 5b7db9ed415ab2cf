#include "node/image.h"

#include "base/mem.h"
#include "base/scoped.h"
#include "tap.h"

static const struct {
	const char *name, *whole;       /* NULL: it is no name */
	bool is_short;
} names[] = {
	{ "busybox", "docker.io/library/busybox:latest", true },
	{ "busybox:1.36", "docker.io/library/busybox:1.36", true },
	{ "test/busybox:1", "docker.io/test/busybox:1", true },
	{ "localhost/web:1", "localhost/web:1", false },
	{ "localhost:5000/web", "localhost:5000/web:latest", false },
	{ "quay.io/a/b/c:v1", "quay.io/a/b/c:v1", false },
	{ "a__b/c-d.e", "docker.io/a__b/c-d.e:latest", true },
	{ "web@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
		"docker.io/library/web@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", true },
	{ "", NULL, true },
	{ "Web", NULL, true },
	{ "web:", NULL, true },
	{ "web:-x", NULL, true },
	{ "web/", NULL, true },
	{ "/web", NULL, true },
	{ "a..b", NULL, true },
	{ "a___b", NULL, true },
	{ "-a", NULL, true },
	{ "web@sha256:xyz", NULL, true },
	{ "web name", NULL, true },
	{ "No/Such", NULL, false },
};

int main(void)
{
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		scoped_free char *whole = image_normalise(names[i].name);
		scoped_free char *words = mem_printf("the image \"%s\"", names[i].name);

		same(whole, names[i].whole, words);
		ok(image_is_short(names[i].name) == names[i].is_short, "%s is short or not", words);
	}
	return tap_end();
}
