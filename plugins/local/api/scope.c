#include "api/scope.h"

#include <string.h>

#include "api/collection.h"
#include "api/kind.h"
#include "api/request.h"
#include "api/reply.h"
#include "api/store.h"
#include "base/err.h"
#include "base/mem.h"
#include "formats/selector.h"

static bool field_known(const struct kind *kind, const char *label)
{
	if (strcmp(label, "metadata.name") == 0)
		return true;
	if (strcmp(label, "metadata.namespace") == 0)
		return kind->namespaced;
	for (size_t i = 0; i < kind->selectable_count; i++)
		if (strcmp(kind->selectables[i].label, label) == 0)
			return true;
	return false;
}

/* Upstream's words depend on whether a kind has fields of its own. */
static int refuse_field(struct request *request, const char *label)
{
	if (request->kind->selectable_count)
		return reply_fail(request, 400, "BadRequest", jv_invalid(), "field label not supported: %s", label);
	return reply_fail(request, 400, "BadRequest", jv_invalid(), "\"%s\" is not a known field selector: only "
		"\"metadata.name\", \"metadata.namespace\"", label);
}

static int parse_selectors(struct scope *scope, struct request *request)
{
	const char *labels = query_get(&request->query, "labelSelector");
	const char *fields = query_get(&request->query, "fieldSelector"), *label;
	scoped(err) struct err err = {0};

	if ((labels && selector_parse_labels(labels, &scope->labels, &err) < 0) ||
			(fields && selector_parse_fields(fields, &scope->fields, &err) < 0))
		return reply_fail(request, 400, "BadRequest", jv_invalid(), "%s", err_text(&err));
	for (size_t i = 0; scope->fields && (label = selector_key(scope->fields, i)); i++)
		if (!field_known(request->kind, label))
			return refuse_field(request, label);
	return 0;
}

int scope_init(struct scope *scope, struct request *request)
{
	*scope = (struct scope){ .kind = request->kind };
	scope->collection = store_collection(request->api->store, request->kind);
	scope->prefix = request->ns ? mem_printf("%s/", request->ns) : mem_dup("");
	return parse_selectors(scope, request);
}

void scope_release(struct scope *scope)
{
	free(scope->prefix);
	selector_free(scope->labels);
	selector_free(scope->fields);
	*scope = (struct scope){ 0 };
}

bool scope_is_all(const struct scope *scope)
{
	return !scope->labels && !scope->fields;
}

struct question {
	const struct scope *scope;
	const struct body *body;
};

static const char *get_label(void *arg, const char *key)
{
	const struct question *question = arg;

	return body_label(question->body, question->scope->collection->kind, key);
}

/* The fields of a kind that is stored as another stand in the same order there. */
static const char *get_field(void *arg, const char *label)
{
	const struct question *question = arg;
	const struct kind *kind = question->scope->kind;

	if (strcmp(label, "metadata.name") == 0)
		return body_name(question->body);
	if (strcmp(label, "metadata.namespace") == 0)
		return body_namespace(question->body);
	for (size_t i = 0; i < kind->selectable_count; i++)
		if (strcmp(kind->selectables[i].label, label) == 0)
			return body_field(question->body, i);
	return "";
}

bool scope_has(const struct scope *scope, const struct body *body)
{
	struct question question = { scope, body };
	size_t len = strlen(scope->prefix);

	if (len) {
		const char *ns = body_namespace(body);

		if (strlen(ns) != len - 1 || memcmp(ns, scope->prefix, len - 1) != 0)
			return false;
	}
	if (scope->labels && !selector_matches_with(scope->labels, get_label, &question))
		return false;
	return !scope->fields || selector_matches_with(scope->fields, get_field, &question);
}

void scope_range(const struct scope *scope, size_t *first, size_t *end)
{
	scoped_free char *past = mem_dup(scope->prefix);
	size_t len = strlen(past);

	*first = 0;
	*end = scope->collection->len;
	if (!len)
		return;
	*first = collection_seek(scope->collection, past);
	past[len - 1]++;        /* the byte after '/' */
	*end = collection_seek(scope->collection, past);
}
