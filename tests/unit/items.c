/* The list cutter (items.h). */
#include "formats/items.h"

#include "base/err.h"
#include "base/mem.h"
#include "tap.h"

#define POD_LIST "{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":\"7\"},\"items\":"

static const char *or_none(const char *text)
{
	return text ? text : "-";
}

/* Feeds text in pieces of the given size; what is printed for each item, and what the list says; or the error. */
static char *cut(const char *text, size_t piece, size_t max)
{
	scoped(items) struct items items = { .max = max };
	scoped(err) struct err err = { 0 };
	scoped(buf) struct buf got = { 0 };
	size_t len = strlen(text);
	struct slice item;

	for (size_t i = 0; i < len; i += piece) {
		scoped_free char *copy = mem_dup_n(text + i, len - i < piece ? len - i : piece);
		int more;

		items_feed(&items, copy, strlen(copy));
		while ((more = items_next(&items, &item, &err)) > 0) {
			buf_add_text(&got, more == ITEMS_OBJECT ? "object " : "");
			items_print(&items, item, &got);
			buf_add_char(&got, '\n');
		}
		if (more < 0)
			return mem_dup(err_text(&err));
	}
	if (items_end(&items, &err) < 0)
		return mem_dup(err_text(&err));
	if (items.is_list)
		buf_printf(&got, "%s %s %s %s %d", or_none(items.head.api_version), or_none(items.head.kind),
			or_none(items.head.resource_version), or_none(items.head.continue_token),
			(int)items.head.remaining);
	return buf_steal(&got);
}

static void cuts(const char *text, const char *wanted, const char *words)
{
	for (size_t piece = 1; piece <= strlen(text) + 1; piece++) {
		scoped_free char *got = cut(text, piece, 0);

		if (strcmp(got, wanted) != 0) {
			same(got, wanted, words);
			printf("# in pieces of %zu\n", piece);
			return;
		}
	}
	ok(true, "%s", words);
}

static void test_lists(void)
{
	cuts(POD_LIST "[]}\n", "v1 PodList 7 - 0", "an empty list");
	cuts(POD_LIST "null}", "v1 PodList 7 - 0", "items null, as old servers write it");
	cuts(POD_LIST "[{\"metadata\":{\"name\":\"a\"}},{\"metadata\":{}}]}",
		"{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"a\"}}\n"
		"{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{}}\nv1 PodList 7 - 0",
		"items get their type");
	cuts(POD_LIST "[{},{ }]}",
		"{\"apiVersion\":\"v1\",\"kind\":\"Pod\"}\n{\"apiVersion\":\"v1\",\"kind\":\"Pod\"}\nv1 PodList 7 - 0",
		"items with nothing in them");
	cuts("{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":\"9\",\"continue\":"
	     "\"t\\u006fken\","
	     "\"remainingItemCount\":12},\"items\":[{\"a\":[{\"items\":[{}]}]}]}",
		"{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"a\":[{\"items\":[{}]}]}\nv1 PodList 9 token 12",
		"a page: its token and how many remain");
	cuts("{\"apiVersion\":\"a.b/v1\",\"items\":[{\"apiVersion\":\"a.b/"
	     "v1\",\"kind\":\"Crab\",\"x\":1}],\"kind\":\"CrabList\","
	     "\"metadata\":{\"continue\":\"c\",\"resourceVersion\":\"3\"}}",
		"{\"apiVersion\":\"a.b/v1\",\"kind\":\"Crab\",\"x\":1}\na.b/v1 CrabList 3 c 0",
		"a custom kind's list, its metadata behind its items");
	cuts("{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[{\"kind\":\"Pod\",\"apiVersion\":\"v1\"},{}]}",
		"{\"kind\":\"Pod\",\"apiVersion\":\"v1\"}\n{}\nv1 List - - 0", "a List of any kinds");
}

static void test_indented(void)
{
	cuts("{\n  \"kind\" : \"PodList\",\n  \"apiVersion\": \"v1\",\n  \"items\": [\n    {\n      \"a\": \"x y\"\n   "
	     " } ,\n"
	     "    {\n      \"metadata\": {},\n      \"kind\": \"Pod\", \"apiVersion\": \"v1\"\n    }\n  ]\n}\n",
		"{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"a\":\"x y\"}\n"
		"{\"metadata\":{},\"kind\":\"Pod\",\"apiVersion\":\"v1\"}\nv1 PodList - - 0",
		"an indented list, as browsers get it");
}

static void test_no_list(void)
{
	cuts("{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"code\":404}\n",
		"object {\"kind\":\"Status\",\"apiVersion\":\"v1\",\"code\":404}\n", "a Status is no list");
	cuts("{\"kind\":\"Pod\", \"spec\":{\"items\":[{}]},\"a\":\"\\\"}\",\"n\":-1.5 ,\"t\":true}",
		"object {\"kind\":\"Pod\",\"spec\":{\"items\":[{}]},\"a\":\"\\\"}\",\"n\":-1.5,\"t\":true}\n",
		"an object with items further down is no list");
	cuts("{}", "object {}\n", "nor is an empty object");
	cuts("{\"my-items\":[{}],\"items2\":[]}", "object {\"my-items\":[{}],\"items2\":[]}\n",
		"nor one with a key like it");
}

static void test_malformed(void)
{
	cuts("<html>", "malformed JSON at byte 0: a JSON object was expected", "no JSON");
	cuts("{\"items\":[{}{}]}", "malformed JSON at byte 12: a comma or ] was expected", "no comma");
	cuts("{\"items\":[{},]}", "malformed JSON at byte 13: an object was expected", "a comma too many");
	cuts("{\"items\":[1]}", "malformed JSON at byte 10: an object or ] was expected", "an item that is no object");
	cuts("{\"items\":[{]]}", "malformed JSON at byte 11: a ] closes an object", "brackets that do not match");
	cuts("{\"a\" 1}", "malformed JSON at byte 5: a colon was expected", "no colon");
	cuts("{} {}", "malformed JSON at byte 3: nothing more was expected", "more behind the end");
	cuts("{\"items\":[{}", "the answer ends at byte 12, before its JSON object does",
		"an answer cut between items");
	cuts("", "the answer ends at byte 0, before its JSON object does", "an empty answer");
}

static void test_max(void)
{
	scoped_free char *fits = cut("{\"items\":[{\"a\":123456},{},{},{},{},{}]}", 5, 16);
	scoped_free char *item = cut("{\"items\":[{\"a\":\"1234567890\"}]}", 5, 16);
	scoped_free char *body = cut("{\"a\":{\"a\":1},\"b\":{}}", 5, 16);

	same(fits, "{\"a\":123456}\n{}\n{}\n{}\n{}\n{}\n- - - - 0", "a list may be larger than an item may");
	same(item, "the object at byte 10 is larger than 16 bytes", "an item that is too large");
	same(body, "the object at byte 0 is larger than 16 bytes", "one object that is too large");
}

int main(void)
{
	test_lists();
	test_indented();
	test_no_list();
	test_malformed();
	test_max();
	return tap_end();
}
