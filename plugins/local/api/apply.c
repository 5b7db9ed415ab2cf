/* Server-side apply. Source: structured-merge-diff/merge/update.go, and the managedfields of k8s.io/apimachinery. */
#include <stdlib.h>
#include <string.h>

#include "api/edit.h"
#include "api/fieldset.h"
#include "api/fieldwalk.h"
#include "api/kind.h"
#include "api/managed.h"
#include "api/managers.h"
#include "api/ownership.h"
#include "api/refuse.h"
#include "api/schema.h"
#include "api/typed.h"
#include "base/mem.h"
#include "formats/jvs.h"
#include "formats/yamls.h"

#define LAST_APPLIED "kubectl.kubernetes.io/last-applied-configuration"

/* One apply on its way. */
struct apply {
	const struct kind *kind;
	const struct schema *schema;
	const struct manager *manager;
	jv live, config;
	struct managers managers;
	struct owner identity; /* of who applies; its strings are lent */
	char *api_version;
};

/* ---- reading what is applied ---- */

static int read_body(struct slice body, enum strictness strictness, jv *config, struct strs *warnings, struct err *err)
{
	scoped(strs) struct strs doubles = { 0 };
	scoped(err) struct err fault = { 0 };
	scoped_free char *lines = NULL, *told = NULL;

	if (yamls_parse(body, config, &doubles, &fault) < 0)
		return refuse(err, 400, "BadRequest", "error decoding YAML: %s", err_text(&fault));
	if (!jvs_is(*config, JV_KIND_OBJECT))
		return refuse(err, 400, "BadRequest", "error decoding YAML: no object");
	if (!doubles.len || strictness == STRICT_IGNORE)
		return 0;
	lines = strs_join(&doubles, "\n  ");
	told = mem_printf("yaml: unmarshal errors:\n  %s", lines);
	if (strictness == STRICT_REFUSE)
		return refuse(err, 400, "BadRequest", "error strict decoding YAML: %s", told);
	strs_add(warnings, told);
	return 0;
}

/* Of the kind, and without managedFields. */
static int check_identity(const struct apply *apply, struct err *err)
{
	scoped(jv) jv api_version = jvs_at(apply->config, "apiVersion"), kind = jvs_at(apply->config, "kind"),
		      managed = jvs_get(apply->config, "metadata.managedFields");
	const char *version = jvs_text(api_version);

	if (strcmp(version, apply->api_version) != 0 || strcmp(jvs_text(kind), apply->kind->kind) != 0)
		return refuse(err, 400, "BadRequest", "invalid object type: %s%s, Kind=%s",
			strchr(version, '/') ? "" : "/", version, jvs_text(kind));
	if (jvs_len(managed))
		return refuse(err, 400, "BadRequest", "metadata.managedFields must be nil");
	return 0;
}

static int check_type(const struct apply *apply, struct err *err)
{
	scoped(strs) struct strs faults = { 0 };
	scoped(jv) jv ns = jvs_get(apply->config, "metadata.namespace"), name = jvs_get(apply->config, "metadata.name");
	scoped_free char *lines = NULL, *all = NULL;

	fieldwalk_check(apply->schema, apply->config, &faults);
	if (!faults.len)
		return 0;
	lines = strs_join(&faults, "\n  ");
	all = faults.len == 1 ? mem_dup(lines) : mem_printf("errors:\n  %s", lines);
	return refuse(err, 500, NULL, "failed to create typed patch object (%s/%s; %s, Kind=%s): %s", jvs_text(ns),
		jvs_text(name), apply->api_version, apply->kind->kind, all);
}

/* ---- what nobody applies any more goes ---- */

static jv parents_of(const struct apply *apply, jv set)
{
	return fieldset_with_parents(set, apply->schema);
}

static jv set_of(const struct apply *apply, jv value)
{
	scoped(jv) jv set = fieldwalk_set(apply->schema, value);

	return parents_of(apply, set);
}

/* Taken out too much: what others own comes back. */
static jv add_back_owned(struct apply *apply, jv merged, jv pruned)
{
	scoped(jv) jv all = jv_null(), owned = jv_null(), kept = jv_null(), whole = set_of(apply, merged),
		      left = set_of(apply, pruned), gone = jv_null();

	for (size_t i = 0; i < apply->managers.len; i++) {
		jv more = fieldset_union(all, apply->managers.at[i].set);

		jv_free(all);
		all = more;
	}
	owned = parents_of(apply, all);
	kept = fieldset_union(left, owned);
	gone = fieldset_difference(whole, kept);
	return fieldwalk_remove(apply->schema, merged, gone);
}

/* And what was never applied, but hung below what was. */
static jv add_back_dangling(struct apply *apply, jv merged, jv pruned, jv last)
{
	scoped(jv) jv whole = fieldwalk_set(apply->schema, merged), left = set_of(apply, pruned),
		      lost = fieldset_difference(whole, left), gone = fieldset_intersection(lost, last);

	return fieldwalk_remove(apply->schema, merged, gone);
}

static jv prune(struct apply *apply, jv merged, jv last_set)
{
	scoped(jv) jv last = jv_null(), pruned = jv_null(), owned = jv_null();

	if (fieldset_is_empty(last_set))
		return jv_copy(merged);
	last = parents_of(apply, last_set);
	pruned = fieldwalk_remove(apply->schema, merged, last);
	owned = add_back_owned(apply, merged, pruned);
	return add_back_dangling(apply, merged, owned, last);
}

/* ---- conflicts ---- */

struct conflicts {
	jv causes;
	struct buf lines; /* of the owner at hand */
	char *who;
};

static void add_conflict(const char *field, void *arg)
{
	struct conflicts *conflicts = arg;
	scoped_free char *message = mem_printf("conflict with %s", conflicts->who);

	conflicts->causes =
		jv_array_append(conflicts->causes, jvs_object("reason", jv_string("FieldManagerConflict"), "message",
							   jv_string(message), "field", jv_string(field), NULL));
	buf_printf(&conflicts->lines, "\n- %s", field);
}

static int conflict_error(jv causes, const char *several, jv *details, struct err *err)
{
	int count = jvs_len(causes);
	scoped(jv) jv first = jvs_item(causes, 0), message = jvs_at(first, "message"), field = jvs_at(first, "field");

	jv_free(*details);
	*details = jvs_object("causes", jv_copy(causes), NULL);
	if (count == 1)
		return refuse(err, 409, "Conflict", "Apply failed with 1 conflict: %s: %s", jvs_text(message),
			jvs_text(field));
	return refuse(err, 409, "Conflict", "Apply failed with %d conflicts: %s", count, several);
}

/* What others own of the changes. allowed: conflicts that are none. */
static int find_conflicts(
	struct apply *apply, const struct owner *self, jv touched, jv allowed, jv *details, struct err *err)
{
	struct conflicts conflicts = { .causes = jv_array() };
	scoped(buf) struct buf several = { 0 };
	int status = 0;

	for (size_t i = 0; i < apply->managers.len; i++) {
		const struct owner *owner = &apply->managers.at[i];
		scoped(jv) jv both = fieldset_intersection(owner->set, touched),
			      left = fieldset_difference(both, allowed);

		if (owner == self || fieldset_is_empty(left))
			continue;
		conflicts.who = owner_text(owner);
		buf_clear(&conflicts.lines);
		fieldset_each(left, add_conflict, &conflicts);
		buf_printf(&several, "%sconflicts with %s:%s", several.len ? "\n" : "", conflicts.who,
			buf_text(&conflicts.lines));
		free(conflicts.who);
	}
	if (jvs_len(conflicts.causes))
		status = conflict_error(conflicts.causes, buf_text(&several), details, err);
	jv_free(conflicts.causes);
	buf_release(&conflicts.lines);
	return status;
}

/* What kubectl applied on its side before, and is still so, is its own. */
static jv applied_by_client(const struct apply *apply)
{
	scoped(jv) jv annotations = jvs_get(apply->live, "metadata.annotations"),
		      text = jvs_at(annotations, LAST_APPLIED);
	scoped(jv) jv last = jv_null(), set = jv_null(), touched = jv_null(), all = jv_null();
	scoped(comparison) struct comparison changes = { 0 };

	if (strcmp(apply->manager->name, "kubectl") != 0 || !*jvs_text(text))
		return jv_null();
	last = jv_parse(jvs_text(text));
	if (!jvs_is(last, JV_KIND_OBJECT) || !jvs_get_is(last, "apiVersion", apply->api_version))
		return jv_null();
	set = fieldwalk_set(apply->schema, last);
	fieldwalk_compare(apply->schema, last, apply->live, &changes);
	touched = fieldset_union(changes.modified, changes.added);
	all = fieldset_union(touched, changes.removed);
	return fieldset_difference(set, all);
}

/* kubectl's annotation goes on telling what it applied last, for a client that goes back to applying on its side. */
static void renew_last_applied(const struct apply *apply, jv *object)
{
	scoped(jv) jv annotations = jvs_get(*object, "metadata.annotations"), bare = jv_copy(apply->config),
		      kept = jvs_get(apply->config, "metadata.annotations");
	scoped(buf) struct buf text = { 0 };
	jv changed = jv_copy(annotations);

	if (strcmp(apply->manager->name, "kubectl") != 0 || !edit_has(annotations, LAST_APPLIED)) {
		jv_free(changed);
		return;
	}
	if (edit_has(kept, LAST_APPLIED))
		jvs_set(&bare, "metadata.annotations", jv_object_delete(jv_copy(kept), jv_string(LAST_APPLIED)));
	jvs_print(bare, &text);
	buf_add_char(&text, '\n');
	jvs_put(&changed, LAST_APPLIED, jv_string(buf_text(&text)));
	jvs_set(object, "metadata.annotations", changed);
}

/* ---- the whole ---- */

/* An object that was never applied to has fields that nobody owns: with an owner, applying over them is a conflict. */
static void own_before_first(struct apply *apply)
{
	scoped_free char *none = mem_dup("");
	struct owner first = { .name = "before-first-apply", .subresource = none, .api_version = apply->api_version };
	scoped(jv) jv zero = typed_zero(apply->schema);
	jv touched;
	scoped(comparison) struct comparison changes = { 0 };
	struct owner *owner;

	if (apply->managers.len)
		return;
	ownership_compare(apply->kind, apply->manager->subresource, zero, apply->live, &changes);
	touched = fieldset_union(changes.modified, changes.added);
	owner = managers_find(&apply->managers, &first, true);
	ownership_strip(&touched);
	owner_take_set(owner, touched);
	owner->time = mem_dup(apply->manager->time);
	managers_drop_empty(&apply->managers);
}

/* From the typed merge to an object as decode() gives it. */
static int decode_merged(const struct apply *apply, jv merged, jv *object, struct err *err)
{
	scoped(buf) struct buf text = { 0 };
	scoped_free char *error = NULL;
	bool malformed;

	jvs_print(merged, &text);
	if (typed_decode(apply->schema, buf_slice(&text), NULL, object, &malformed, &error) < 0)
		return refuse(err, 400, "BadRequest", "%s in version \"%s\" cannot be handled as a %s: %s",
			apply->kind->kind, apply->kind->version, apply->kind->kind, error);
	return 0;
}

static int own_applied(struct apply *apply, jv object, bool force, jv *details, struct err *err)
{
	scoped(comparison) struct comparison changes = { 0 };
	scoped(jv) jv touched = jv_null(), allowed = applied_by_client(apply);
	struct owner *self = managers_find(&apply->managers, &apply->identity, true);

	ownership_compare(apply->kind, apply->manager->subresource, apply->live, object, &changes);
	touched = fieldset_union(changes.modified, changes.added);
	if (!force && find_conflicts(apply, self, touched, allowed, details, err) < 0)
		return -1;
	ownership_take(&apply->managers, self, &changes);
	return 0;
}

static void put_managers(struct apply *apply, jv *object)
{
	managers_drop_empty(&apply->managers);
	if (apply->managers.len)
		jvs_set(object, "metadata.managedFields", managers_print(&apply->managers));
}

/* managedFields are kept beside the objects that are compared. */
static void take_managers(struct apply *apply)
{
	scoped(jv) jv managed = jvs_get(apply->live, "metadata.managedFields");

	managers_read(&apply->managers, managed);
	jvs_remove(&apply->live, "metadata.managedFields");
}

/* What the configuration says, and may say through this subresource. */
static jv applied_set(const struct apply *apply)
{
	jv set = fieldwalk_set(apply->schema, apply->config);

	ownership_drop_resets(apply->kind, apply->manager->subresource, &set);
	ownership_strip(&set);
	return set;
}

static int apply_config(struct apply *apply, bool force, jv *result, jv *details, struct err *err)
{
	scoped(jv) jv last = jv_null(), merged = jv_null(), pruned = jv_null(), own = jv_null();
	struct owner *self;

	own_before_first(apply);
	merged = fieldwalk_merge(apply->schema, apply->live, apply->config);
	self = managers_find(&apply->managers, &apply->identity, true);
	last = jv_copy(self->set);
	own = applied_set(apply);
	owner_take_set(self, jv_copy(own));
	free(self->api_version);
	self->api_version = mem_dup(apply->api_version);
	pruned = prune(apply, merged, last);
	if (own_applied(apply, pruned, force, details, err) < 0 || decode_merged(apply, pruned, result, err) < 0)
		return -1;
	if (jvs_equal(*result, apply->live)) {
		put_managers(apply, result);
		return 0;
	}
	self = managers_find(&apply->managers, &apply->identity, true);
	free(self->time);
	self->time = mem_dup(apply->manager->time);
	put_managers(apply, result);
	renew_last_applied(apply, result);
	return 0;
}

int managed_apply(const struct kind *kind, jv live, struct slice body, const struct manager *manager, bool force,
	enum strictness strictness, jv *result, struct strs *warnings, jv *details, struct err *err)
{
	struct apply apply = { .kind = kind,
		.schema = schema_find(kind->schema),
		.manager = manager,
		.live = jv_copy(live),
		.config = jv_null() };
	int status;

	*result = jv_null();
	*details = jv_null();
	apply.api_version = *kind->group ? mem_printf("%s/%s", kind->group, kind->version) : mem_dup(kind->version);
	apply.identity = (struct owner){ .name = (char *)manager->name,
		.subresource = (char *)manager->subresource,
		.api_version = apply.api_version,
		.applied = true };
	take_managers(&apply);
	status = read_body(body, strictness, &apply.config, warnings, err);
	if (status == 0)
		status = check_identity(&apply, err);
	if (status == 0)
		status = check_type(&apply, err);
	if (status == 0)
		status = apply_config(&apply, force, result, details, err);
	if (status < 0) {
		jv_free(*result);
		*result = jv_null();
	}
	jv_free(apply.live);
	jv_free(apply.config);
	managers_release(&apply.managers);
	free(apply.api_version);
	return status;
}
