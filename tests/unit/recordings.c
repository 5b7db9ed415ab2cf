/* What a real API server answered to creates, updates, patches and applies, told again by the functions under the
 * server alone: decode, defaults, managedFields, validation. Reads $PODLINE_SHARED/recordings; nothing to do where it
 * is not. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "api/decode.h"
#include "api/invalid.h"
#include "api/managed.h"
#include "api/patch.h"
#include "api/schema.h"
#include "api/validate.h"
#include "base/err.h"
#include "base/strs.h"
#include "objects.h"
#include "tap.h"

/* One request and what was answered. */
struct talk {
	char *method, *path, *query, *type;
	int status;
	struct buf sent, answered;
	const struct kind *kind; /* NULL: none of ours, or a subresource but status */
	char *ns, *sub;
};

static void talk_release(struct talk *talk)
{
	free(talk->method);
	free(talk->path);
	free(talk->query);
	free(talk->type);
	free(talk->ns);
	free(talk->sub);
	buf_release(&talk->sent);
	buf_release(&talk->answered);
}

/* ---- reading ---- */

static void unchunk(const char *at, struct buf *body)
{
	char *end;

	for (long len; (len = strtol(at, &end, 16)) > 0; at += len + 2) {
		at = strstr(end, "\r\n") + 2;
		buf_add(body, at, (size_t)len);
	}
}

/* The head and the body of a file; false where it cannot be read. */
static bool read_message(const char *path, char **head, struct buf *body)
{
	scoped(buf) struct buf file = { 0 };
	const char *end;

	if (buf_read_file(&file, path, 1 << 24) < 0 || !(end = strstr(buf_text(&file), "\r\n\r\n")))
		return false;
	*head = mem_dup_n(file.at, (size_t)(end - file.at));
	if (strcasestr(*head, "Transfer-Encoding: chunked"))
		unchunk(end + 4, body);
	else
		buf_add(body, end + 4, file.len - (size_t)(end + 4 - file.at));
	return true;
}

static char *header(const char *head, const char *name)
{
	const char *at = strcasestr(head, name);

	return at ? mem_dup_n(at + strlen(name), strcspn(at + strlen(name), "\r")) : mem_dup("");
}

/* /api/v1/namespaces/NS/PLURAL/NAME/SUB: which kind, and where. */
static void find_kind(struct talk *talk)
{
	scoped(strs) struct strs parts = { 0 };
	size_t at = 2;
	bool core;

	strs_split(&parts, talk->path, '/');
	core = parts.len && !strcmp(parts.at[0], "api");
	at = core ? 2 : 3;
	if (parts.len <= at)
		return;
	if (!strcmp(parts.at[at], "namespaces") && parts.len > at + 2) {
		talk->ns = mem_dup(parts.at[at + 1]);
		at += 2;
	}
	talk->sub = mem_dup(parts.len > at + 2 ? parts.at[at + 2] : "");
	if (!*talk->sub || !strcmp(talk->sub, "status"))
		talk->kind = kind_find(core ? "" : parts.at[1], core ? parts.at[1] : parts.at[2], parts.at[at]);
}

static bool read_talk(const char *request, const char *response, struct talk *talk)
{
	scoped_free char *asked = NULL, *answer = NULL, *target = NULL;
	size_t len;

	if (!read_message(request, &asked, &talk->sent) || !read_message(response, &answer, &talk->answered))
		return false;
	len = strcspn(asked, " ");
	talk->method = mem_dup_n(asked, len);
	target = mem_dup_n(asked + len + 1, strcspn(asked + len + 1, " "));
	talk->path = mem_dup_n(target, strcspn(target, "?"));
	talk->query = mem_dup(strchr(target, '?') ? strchr(target, '?') + 1 : "");
	talk->type = header(asked, "\r\nContent-Type: ");
	talk->status = atoi(strchr(answer, ' ') + 1);
	find_kind(talk);
	return true;
}

/* The value of a parameter; the caller frees. */
static char *parameter(const struct talk *talk, const char *name, const char *otherwise)
{
	scoped(strs) struct strs parts = { 0 };
	size_t len = strlen(name);

	strs_split(&parts, talk->query, '&');
	for (size_t i = 0; i < parts.len; i++)
		if (!strncmp(parts.at[i], name, len) && parts.at[i][len] == '=')
			return mem_dup(parts.at[i] + len + 1);
	return mem_dup(otherwise);
}

static enum strictness strictness_of(const struct talk *talk)
{
	scoped_free char *text = parameter(talk, "fieldValidation", "Warn");

	return !strcmp(text, "Strict") ? STRICT_REFUSE : !strcmp(text, "Ignore") ? STRICT_IGNORE : STRICT_WARN;
}

/* ---- comparing ---- */

static bool is_random(char c)
{
	return c && strchr("bcdfghjklmnpqrstvwxz2456789", c);
}

/* Five random letters behind a prefix are as good as any others. */
static void hide_suffixes(char *text, const char *prefix)
{
	for (char *at = text; (at = strstr(at, prefix)); at++)
		for (char *c = at + strlen(prefix); is_random(*c); c++)
			*c = '*';
}

/* managedFields without times, and without what others (the kubelet, controllers) wrote as status. */
static jv bare_managers(jv list, bool status)
{
	jv bare = jv_array();

	for (int i = 0; i < jvs_len(list); i++) {
		jv entry = jvs_item(list, i);

		jvs_remove(&entry, "time");
		if (status || !jvs_get_is(entry, "subresource", "status"))
			bare = jv_array_append(bare, entry);
		else
			jv_free(entry);
	}
	return jv_sort(bare, jv_copy(bare));
}

/* What two right servers agree on. The caller frees. */
static char *essence(jv object, bool status)
{
	static const char *const chance[] = { "metadata.uid", "metadata.resourceVersion", "metadata.creationTimestamp",
		"metadata.generation", "apiVersion", "kind", "spec.clusterIP", "spec.clusterIPs" };
	scoped(jv) jv bare = jv_copy(object), managers = jvs_get(object, "metadata.managedFields"),
		      generated = jvs_get(object, "metadata.generateName"), ports = jvs_get(object, "spec.ports");
	char *text;

	for (size_t i = 0; i < sizeof chance / sizeof *chance; i++)
		jvs_remove(&bare, chance[i]);
	if (jvs_is(generated, JV_KIND_STRING))
		jvs_remove(&bare, "metadata.name");
	if (!status)
		jvs_remove(&bare, "status");
	if (jvs_len(ports)) {
		jv port = jvs_item(ports, 0);

		jvs_remove(&port, "nodePort");
		jvs_set(&bare, "spec.ports", jv_array_set(jv_copy(ports), 0, port));
	}
	jvs_set(&bare, "metadata.managedFields", bare_managers(managers, status));
	text = sorted(bare);
	hide_suffixes(text, "kube-api-access-");
	return text;
}

static jv answer_of(const struct talk *talk)
{
	jv answer = jv_parse_sized(talk->answered.at, (int)talk->answered.len);

	if (jv_is_valid(answer))
		return answer;
	jv_free(answer);
	return jv_null();
}

/* ---- doing again ---- */

static void add_namespace(const struct talk *talk, jv *object)
{
	if (talk->ns)
		jvs_set_text(object, "metadata.namespace", talk->ns);
}

static void fail_as(const char *name, const struct talk *talk, const char *message)
{
	scoped(jv) jv answer = answer_of(talk), wanted = jvs_at(answer, "message");
	scoped_free char *words = mem_printf("%s: %d", name, talk->status);

	same(message, jvs_text(wanted), words);
}

static char *invalid_text(const struct talk *talk, const struct causes *causes, jv object)
{
	scoped(jv) jv name = jvs_get(object, "metadata.name");

	return causes_message(causes, talk->kind->group, talk->kind->kind, jvs_text(name));
}

/* A generated name is whatever was generated. */
static void take_name(jv *object, jv answer)
{
	scoped(jv) jv own = jvs_get(*object, "metadata.name"), generated = jvs_get(*object, "metadata.generateName"),
		      theirs = jvs_get(answer, "metadata.name");

	if (!jvs_is(own, JV_KIND_STRING) && jvs_is(generated, JV_KIND_STRING))
		jvs_set(object, "metadata.name", jv_copy(theirs));
}

static void test_create(const char *name, const struct talk *talk)
{
	scoped_free char *manager_name = parameter(talk, "fieldManager", "curl"), *got = NULL, *wanted = NULL;
	struct manager manager = { manager_name, "", "2026-01-01T00:00:00Z" };
	scoped(causes) struct causes causes = { 0 };
	scoped(strs) struct strs warnings = { 0 };
	scoped(err) struct err err = { 0 };
	scoped(jv) jv object = jv_null(), answer = answer_of(talk);

	if (decode(talk->kind, buf_slice(&talk->sent), strstr(talk->type, "yaml"), strictness_of(talk), &object,
		    &warnings, &err) < 0) {
		fail_as(name, talk, err_text(&err));
		return;
	}
	add_namespace(talk, &object);
	schema_default(talk->kind, &object);
	managed_update(talk->kind, jv_null(), &object, &manager);
	if (talk->kind->hooks && talk->kind->hooks->prepare_create &&
		talk->kind->hooks->prepare_create(&object, NULL, &err) < 0) {
		fail_as(name, talk, err_text(&err));
		return;
	}
	take_name(&object, answer);
	validate_create(talk->kind, object, NULL, &causes);
	if (causes_any(&causes)) {
		got = invalid_text(talk, &causes, object);
		fail_as(name, talk, got);
		return;
	}
	got = essence(object, true);
	wanted = essence(answer, true);
	same(got, wanted, name);
}

static int apply_talk(const struct talk *talk, jv live, jv *object, struct err *err)
{
	scoped_free char *manager_name = parameter(talk, "fieldManager", "curl"),
			 *force = parameter(talk, "force", "false");
	struct manager manager = { manager_name, talk->sub, "2026-01-01T00:00:00Z" };
	scoped(jv) jv details = jv_null();
	scoped(strs) struct strs warnings = { 0 };
	int status;

	if (strstr(talk->type, "apply-patch"))
		return managed_apply(talk->kind, live, buf_slice(&talk->sent), &manager, !strcmp(force, "true"),
			strictness_of(talk), object, &warnings, &details, err);
	status = patch_object(talk->kind,
		strstr(talk->type, "json-patch")					 ? PATCH_JSON
		: strstr(talk->type, "merge-patch+") && !strstr(talk->type, "strategic") ? PATCH_MERGING
											 : PATCH_STRATEGIC,
		live, buf_slice(&talk->sent), strictness_of(talk), object, &warnings, &details, err);
	if (status == 0) {
		schema_default(talk->kind, object);
		managed_update(talk->kind, live, object, &manager);
	}
	return status;
}

/* A PATCH over what the object was before. */
static void test_patch(const char *name, const struct talk *talk, jv live)
{
	scoped(causes) struct causes causes = { 0 };
	scoped(err) struct err err = { 0 };
	scoped(jv) jv object = jv_null(), answer = answer_of(talk);
	scoped_free char *got = NULL, *wanted = NULL;

	if (apply_talk(talk, live, &object, &err) < 0) {
		if (!strstr(err_text(&err), "is invalid: patch")) /* shows the object with its keys in Go's order */
			fail_as(name, talk, err_text(&err));
		return;
	}
	schema_default(talk->kind, &object);
	validate_update(talk->kind, object, live, &causes);
	if (causes_any(&causes) && !strstr(buf_text(&talk->answered), "pod updates may not change")) {
		got = invalid_text(talk, &causes, object);
		fail_as(name, talk, got);
	} else if (!causes_any(&causes)) {
		got = essence(object, *talk->sub);
		wanted = essence(answer, *talk->sub);
		same(got, wanted, name);
	}
}

/* ---- all of them ---- */

/* What is said of options, of accounts and of other objects is none of this. */
static bool is_about_the_object(const struct talk *talk)
{
	static const char *const others[] = { "Options", "service account", "already", "does not match the namespace",
		"namespaces \\\"", "resourceVersion should", "failed to allocate", "415", "unknown format", "not found",
		"the name of", "uid mismatch", "has been modified" };
	const char *text = buf_text(&talk->answered);

	if (talk->status == 403 || talk->status == 404 || talk->status == 415)
		return false;
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (talk->status >= 400 && strstr(text, others[i]))
			return false;
	return true;
}

/* Before these the recording's set-up changed the object, which nothing tells. */
static bool has_unknown_past(const char *name)
{
	static const char *const names[] = { "merge", "strategic-ports", "strategic-replace-list",
		"strategic-no-retain-keys", "strategic-strategy", "deployment-scale-conflict", "status", NULL };

	for (size_t i = 0; names[i]; i++)
		if (!strcmp(names[i], name))
			return true;
	return false;
}

static void test_talk(const char *name, const struct talk *talk, jv *known)
{
	scoped(jv) jv live = jvs_at(*known, talk->path), answer = answer_of(talk);

	if (!talk->kind || strstr(talk->query, "dryRun"))
		return;
	if (!strcmp(talk->method, "POST") && !*talk->sub && is_about_the_object(talk))
		test_create(name, talk);
	else if (!strcmp(talk->method, "PATCH") && is_about_the_object(talk) && jvs_is(live, JV_KIND_OBJECT) &&
		 !has_unknown_past(name))
		test_patch(name, talk, live);
	if (talk->status < 300 && jvs_is(answer, JV_KIND_OBJECT)) {
		scoped(jv) jv object = jvs_get(answer, "metadata.name");
		scoped_free char *path =
			strcmp(talk->method, "POST")
				? mem_printf("%.*s", (int)(strlen(talk->path) - (*talk->sub ? strlen("/status") : 0)),
					  talk->path)
				: mem_printf("%s/%s", talk->path, jvs_text(object));
		scoped_free char *status = mem_printf("%s/status", path);

		jvs_put(known, path, jv_copy(answer));
		jvs_put(known, status, jv_copy(answer));
	}
}

static void test_case(const char *folder, const char *name, jv *known)
{
	for (int step = 0; step < 100; step++) {
		scoped_free char *mark = step ? mem_printf("%02d-", step) : mem_dup("");
		scoped_free char *request = mem_printf("%s/%s/%srequest.http", folder, name, mark);
		scoped_free char *response = mem_printf("%s/%s/%sresponse.http", folder, name, mark);
		scoped(talk) struct talk talk = { 0 };

		if (read_talk(request, response, &talk))
			test_talk(name, &talk, known);
		else if (step)
			return;
	}
}

/* The index names the cases in the order in which they were recorded: "## api/FAMILY", then "- `NAME` …" each. */
static void test_family(const char *shared, const char *family)
{
	scoped_free char *index = mem_printf("%s/recordings/README.md", shared);
	scoped_free char *folder = mem_printf("%s/recordings/api/%s", shared, family);
	scoped_free char *title = mem_printf("\n## api/%s\n", family);
	scoped(buf) struct buf text = { 0 };
	scoped(jv) jv known = jv_object();
	const char *at = NULL;

	if (buf_read_file(&text, index, 1 << 24) == 0)
		at = strstr(buf_text(&text), title);
	if (!at) {
		ok(true, "%s # SKIP no recordings here", family);
		return;
	}
	for (at += strlen(title); (at = strpbrk(at, "-#")) && *at == '-'; at = strchr(at, '\n')) {
		scoped_free char *name = mem_dup_n(at + 3, strcspn(at + 3, "`"));

		test_case(folder, name, &known);
	}
}

int main(void)
{
	static const char *const families[] = { "create", "update", "patch", "apply" };
	const char *shared = getenv("PODLINE_SHARED");

	for (size_t i = 0; i < sizeof families / sizeof *families; i++)
		test_family(shared ? shared : "", families[i]);
	return tap_end();
}
