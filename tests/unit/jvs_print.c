/* jvs_print() writes what libjq does. */
#include "formats/jvs.h"
#include "tap.h"

static void prints(const char *json)
{
	scoped(jv) jv value = jv_parse(json), wanted = jv_dump_string(jv_copy(value), 0);
	scoped(buf) struct buf got = { 0 };

	jvs_print(value, &got);
	same(buf_text(&got), jv_string_value(wanted), json);
}

int main(void)
{
	static const char *const values[] = { "null", "true", "false", "{}", "[]", "[[],{}]", "\"\"", "\"plain\"",
		"{\"a\":1,\"b\":{\"c\":[1,\"x\",null,true,false]},\"\":0}", "\"quote \\\" back \\\\ slash / end\"",
		"\"line\\nand\\ttab\"", "\"\\u0001 \\b \\f \\r \\u001b\"", "\"\\u007f\"", "\"ä € \\ud83d\\ude00\"",
		"\"\\u2028\"", "{\"k\\\"\\n\":\"v\"}", "0", "-0", "7", "-42", "2147483648", "999999999999999",
		"-999999999999999", "1000000000000000", "9007199254740993", "12345678901234567890", "1e300", "-1e300",
		"0.1", "-2.5", "1e-7", "100", "123000000000" };

	for (size_t i = 0; i < sizeof values / sizeof *values; i++)
		prints(values[i]);
	return tap_end();
}
