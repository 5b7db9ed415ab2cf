/* The store: what is committed outlives the process, what is not never was, and the past is there for a while. */
#include "api/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/body.h"
#include "api/kind.h"
#include "api/past.h"
#include "base/err.h"
#include "base/files.h"
#include "base/mem.h"
#include "formats/jvs.h"
#include "tap.h"

static jv object(const char *ns, const char *name, const char *label)
{
	jv metadata = jvs_object("name", jv_string(name), "namespace", jv_string(ns), "labels",
		jvs_object("app", jv_string(label), NULL), NULL);

	return jvs_object("kind", jv_string("Pod"), "apiVersion", jv_string("v1"), "metadata", metadata, "spec",
		jvs_object("nodeName", jv_string("n1"), NULL), NULL);
}

static int put(struct store *store, struct collection *pods, const char *ns, const char *name, const char *label)
{
	scoped_free char *key = mem_printf("%s/%s", ns, name);
	scoped(jv) jv pod = object(ns, name, label);

	return store_put(store, pods, key, &pod, NULL);
}

static char *text_at(struct collection *pods, uint64_t version)
{
	scoped(past) struct past past = {0};
	scoped(buf) struct buf text = {0};
	const char *key;
	struct body *body;

	past_init(&past, pods, version, "", NULL);
	while ((body = past_next(&past, &key)))
		buf_printf(&text, "%s=%s@%d ", key, body_label(body, pods->kind, "app"), (int)body->version);
	return buf_steal(&text);
}

static void test_bytes(struct collection *pods)
{
	struct entry *entry = collection_find(pods, "a/one");
	scoped(body) struct body *moved = body_with_version(entry->body, 123456);
	scoped_free char *metadata = slice_dup(body_metadata(entry->body));
	scoped(jv) jv whole = body_parse(moved, pods->kind);

	same(metadata, "{\"name\":\"one\",\"namespace\":\"a\",\"resourceVersion\":\"1\",\"labels\":{\"app\":\"x\"}}",
		"metadata stands first, in upstream's order");
	same(body_field(entry->body, 0), "n1", "a selectable field is there without parsing");
	same(body_label(entry->body, pods->kind, "app"), "x", "a label too");
	ok(!body_label(entry->body, pods->kind, "other"), "a label that is not there is none");
	ok(jvs_get_is(whole, "metadata.resourceVersion", "123456") && jvs_get_is(whole, "kind", "Pod"),
		"the same object under another version");
}

static void test_past(struct store *store, struct collection *pods)
{
	scoped_free char *first = NULL, *second = NULL, *now = NULL;

	store_begin(store, NULL);
	put(store, pods, "a", "two", "y");
	put(store, pods, "a", "one", "z");
	store_remove(store, pods, "a/two", NULL);
	ok(store_commit(store, NULL) == 0 && store_version(store) == 4, "each write counts the version");
	first = text_at(pods, 1);
	second = text_at(pods, 2);
	now = text_at(pods, 4);
	same(first, "a/one=x@1 ", "the past: before the second object");
	same(second, "a/one=x@1 a/two=y@2 ", "the past: with both");
	same(now, "a/one=z@3 ", "the present");
}

static void test_lost_turn(struct store *store, struct collection *pods)
{
	scoped(err) struct err err = {0};
	scoped_free char *before = text_at(pods, store_version(store)), *after = NULL;

	ok(put(store, pods, "a", "outside", "x") < 0, "no write outside of a turn");
	store_begin(store, NULL);
	put(store, pods, "a", "three", "x");
	put(store, pods, "a", "one", "changed");
	store_remove(store, pods, "a/one", NULL);
	ok(store_remove(store, pods, "a/nosuch", &err) < 0, "removing what is not there fails");
	store_undo(store);
	after = text_at(pods, store_version(store));
	same(after, before, "a turn that is taken back never was");
	ok(store_commit(store, NULL) < 0, "and cannot be committed");
}

static void test_restart(const char *path)
{
	scoped_ptr(store) struct store *store = store_open(path, NULL);
	struct collection *pods = store_collection(store, kind_find("", "v1", "pods"));
	scoped_free char *now = text_at(pods, store_version(store)), *then = text_at(pods, 2);
	const struct change *last = collection_change(pods, pods->count - 1);

	ok(store_version(store) == 4, "a new process goes on with the version");
	same(now, "a/one=z@3 ", "with the objects");
	same(then, "a/one=x@1 a/two=y@2 ", "and with the past");
	ok(last->type == CHANGE_DELETED && last->version == 4 && last->before && last->before->version == 2,
		"a change is read back whole");
	store_begin(store, NULL);
	put(store, pods, "a", "one", "again");
	ok(store_commit(store, NULL) == 0 && store_version(store) == 5, "and writes go on");
}

static void test_keys(struct store *store)
{
	struct collection *pods = store_collection(store, kind_find("", "v1", "pods"));
	scoped_free char *all = NULL;

	store_begin(store, NULL);
	put(store, pods, "b", "x", "1");
	put(store, pods, "a-b", "x", "1");
	put(store, pods, "a", "x", "1");
	store_commit(store, NULL);
	all = text_at(pods, store_version(store));
	same(all, "a-b/x=1@2 a/x=1@3 b/x=1@1 ", "keys are ordered by their bytes, as etcd's are");
}

int main(void)
{
	char dir[] = "/tmp/podline.store.XXXXXX";
	scoped_free char *path = mkdtemp(dir) ? mem_printf("%s/store.db", dir) : NULL;
	scoped_free char *other = mem_printf("%s/other.db", dir);
	struct stat status = { 0 };

	{
		scoped_ptr(store) struct store *store = store_open(path, NULL);
		struct collection *pods = store_collection(store, kind_find("", "v1", "pods"));

		ok(stat(path, &status) == 0 && (status.st_mode & 0777) == 0600, "the file is its owner's alone");
		store_begin(store, NULL);
		put(store, pods, "a", "one", "x");
		ok(store_commit(store, NULL) == 0, "a turn is committed");
		test_bytes(pods);
		test_past(store, pods);
		test_lost_turn(store, pods);
	}
	test_restart(path);
	{
		scoped_ptr(store) struct store *store = store_open(other, NULL);

		test_keys(store);
	}
	files_remove_tree(dir, NULL);
	return tap_end();
}
