#include "formats/jvs.h"

#include "base/buf.h"
#include "tap.h"

static const struct {
	const char *from, *to, *patch;
} cases[] = {
	{ "{}", "{}", "{}" },
	{ "{\"a\":1}", "{\"a\":1}", "{}" },
	{ "{\"a\":1}", "{\"a\":2}", "{\"a\":2}" },
	{ "{\"a\":1,\"b\":2}", "{\"b\":2}", "{\"a\":null}" },
	{ "{}", "{\"a\":{\"b\":[1]}}", "{\"a\":{\"b\":[1]}}" },
	{ "{\"a\":{\"b\":1,\"c\":2}}", "{\"a\":{\"b\":1,\"c\":3}}", "{\"a\":{\"c\":3}}" },
	{ "{\"a\":[1,2]}", "{\"a\":[1,3]}", "{\"a\":[1,3]}" },
	{ "{\"a\":{\"b\":1}}", "{\"a\":2}", "{\"a\":2}" },
	{ "null", "{\"a\":1}", "{\"a\":1}" },
};

int main(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		scoped(jv) jv from = jv_parse(cases[i].from), to = jv_parse(cases[i].to), patch = jvs_diff(from, to);
		scoped(buf) struct buf text = { 0 };

		jvs_print(patch, &text);
		same(buf_text(&text), cases[i].patch, "jvs_diff");
	}
	return tap_end();
}
