#include "api/writing.h"

#include <stdlib.h>

#include "api/answer.h"
#include "api/invalid.h"
#include "api/kind.h"
#include "api/negotiate.h"
#include "api/object.h"
#include "api/request.h"
#include "api/reply.h"
#include "base/mem.h"
#include "formats/jvs.h"

#define BODY_LIMIT "3145728"
#define MANAGER_MAX 128

static void check_dry_run(struct writing *writing, const struct query *query, struct causes *causes)
{
	static const char *const supported[] = { "All", NULL };
	const struct at at = { .name = "dryRun" };
	scoped(jv) jv values = jv_array();
	bool wrong = false;

	for (size_t i = 0; i < query->keys.len; i++) {
		if (strcmp(query->keys.at[i], "dryRun") != 0)
			continue;
		values = jv_array_append(values, jv_string(query->values.at[i]));
		wrong |= strcmp(query->values.at[i], "All") != 0;
		writing->dry_run = true;
	}
	if (wrong)
		unsupported(causes, &at, values, supported);
}

static void check_strictness(struct writing *writing, const struct query *query, struct causes *causes)
{
	static const char *const words[] = { "", "Ignore", "Strict", "Warn", NULL };
	static const enum strictness meaning[] = { STRICT_WARN, STRICT_IGNORE, STRICT_REFUSE, STRICT_WARN };
	const struct at at = { .name = "fieldValidation" };
	const char *text = query_get(query, "fieldValidation");
	scoped(jv) jv value = jv_string(text ? text : "");

	writing->strictness = STRICT_WARN;
	for (size_t i = 0; text && words[i]; i++)
		if (strcmp(text, words[i]) == 0) {
			writing->strictness = meaning[i];
			return;
		}
	if (text)
		unsupported(causes, &at, value, words);
}

static void check_manager(struct writing *writing, const struct request *request, bool apply, struct causes *causes)
{
	const struct at at = { .name = "fieldManager" };
	const char *text = query_get(&request->query, "fieldManager");
	const char *agent = request->user_agent ? request->user_agent : "";
	scoped(jv) jv value = jv_string(text ? text : "");

	if (text && strlen(text) > MANAGER_MAX)
		too_long(causes, &at, MANAGER_MAX);
	for (const char *c = text; c && *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f) {
			invalid(causes, &at, value, "should only contain printable characters");
			break;
		}
	if (apply && (!text || !*text))
		required(causes, &at, "is required for apply patch");
	writing->manager_name = text && *text ? mem_dup(text) : mem_dup_n(agent, strcspn(agent, "/"));
	if (!*writing->manager_name) {
		free(writing->manager_name);
		writing->manager_name = mem_dup("unknown");
	}
}

static bool is_apply(const struct request *request)
{
	scoped_free char *type = media_type(request->content_type);

	return strcmp(request->method, "PATCH") == 0 && strcmp(type, "application/apply-patch+yaml") == 0;
}

int writing_init(struct writing *writing, struct request *request, const char *options)
{
	const struct at force = { .name = "force" };
	scoped(causes) struct causes causes = {0};
	scoped(jv) jv status = jv_null();
	bool apply = is_apply(request);

	*writing = (struct writing){ 0 };
	if (strcmp(options, "PatchOptions") == 0 && !apply && query_get(&request->query, "force"))
		forbidden(&causes, &force, "may not be specified for non-apply patch");
	check_manager(writing, request, apply, &causes);
	check_dry_run(writing, &request->query, &causes);
	check_strictness(writing, &request->query, &causes);
	writing->applied = apply;
	writing->force = query_flag(&request->query, "force");
	writing->time = object_now();
	writing->manager = (struct manager){ .name = writing->manager_name, .time = writing->time,
		.subresource = request->sub ? request->sub : "" };
	if (!causes_any(&causes))
		return 0;
	status = causes_status(&causes, "meta.k8s.io", options, "");
	answer_json(request, 422, status);
	return -1;
}

void writing_release(struct writing *writing)
{
	free(writing->manager_name);
	free(writing->time);
	strs_release(&writing->warnings);
	*writing = (struct writing){ 0 };
}

int writing_body(struct request *request, bool *yaml)
{
	if (request->body_too_large)
		return reply_fail(request, 413, "RequestEntityTooLarge", jv_invalid(),
			"Request entity too large: limit is " BODY_LIMIT);
	return negotiate_body(request, yaml);
}

int writing_decode(struct writing *writing, struct request *request, const struct kind *kind, jv *object)
{
	scoped(err) struct err err = {0};
	bool yaml;

	*object = jv_null();
	if (writing_body(request, &yaml) < 0)
		return -1;
	if (decode(kind, buf_slice(&request->body), yaml, writing->strictness, object, &writing->warnings, &err) < 0)
		return reply_err(request, &err, jv_invalid());
	return 0;
}

void writing_warn(struct writing *writing, struct request *request)
{
	for (size_t i = 0; i < writing->warnings.len; i++) {
		scoped(jv) jv text = jv_string(writing->warnings.at[i]);
		scoped(buf) struct buf quoted = {0};

		jvs_print(text, &quoted);
		strs_printf(&request->answer.headers, "Warning: 299 - %s", buf_text(&quoted));
	}
	strs_release(&writing->warnings);
}
