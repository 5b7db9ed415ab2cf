#include "api/validate.h"

#include <string.h>

#include "api/checks.h"
#include "api/kind.h"
#include "base/mem.h"
#include "base/strs.h"
#include "formats/jvs.h"

/* A name that more is added to may end in what a whole name may not. */
static void validate_generate_name(const struct kind *kind, jv meta, const struct at *at, struct causes *causes)
{
	scoped(jv) jv value = jvs_at(meta, "generateName");
	scoped_free char *text = mem_dup(jvs_text(value));
	scoped(strs) struct strs faults = { 0 };
	size_t len = strlen(text);

	if (!len)
		return;
	if (text[len - 1] == '-')
		text[len - 1] = 'a';
	names_check(kind->name_rule, text, &faults);
	for (size_t i = 0; i < faults.len; i++)
		invalid(causes, at_field(at, "generateName"), value, "%s", faults.at[i]);
}

static void validate_names(const struct kind *kind, jv meta, const struct at *at, struct causes *causes)
{
	scoped(jv) jv name = jvs_at(meta, "name"), ns = jvs_at(meta, "namespace");

	validate_generate_name(kind, meta, at, causes);
	if (*jvs_text(name))
		invalid_name(causes, at_field(at, "name"), kind->name_rule, jvs_text(name));
	else
		required(causes, at_field(at, "name"), "name or generateName is required");
	if (kind->namespaced)
		check_name(meta, "namespace", NAME_LABEL, true, at, causes);
	else if (*jvs_text(ns))
		forbidden(causes, at_field(at, "namespace"), "not allowed on this type");
}

static void validate_owner(jv owner, const struct at *at, struct causes *causes)
{
	static const char *const fields[][2] = {
		{ "apiVersion", "version must not be empty" },
		{ "kind", "must not be empty" },
		{ "name", "must not be empty" },
		{ "uid", "must not be empty" },
	};

	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
		scoped(jv) jv value = jvs_at(owner, fields[i][0]);

		if (!*jvs_text(value))
			invalid(causes, at_field(at, fields[i][0]), value, "%s", fields[i][1]);
	}
	if (jvs_get_is(owner, "apiVersion", "v1") && jvs_get_is(owner, "kind", "Event"))
		invalid(causes, at, owner, "/v1, Kind=Event is disallowed from being an owner");
}

static void validate_owners(jv meta, const struct at *at, struct causes *causes)
{
	scoped(jv) jv owners = jvs_at(meta, "ownerReferences");
	scoped_free char *controller = NULL;
	const struct at *where = at_field(at, "ownerReferences");

	for (int i = 0; i < jvs_len(owners); i++) {
		scoped(jv) jv owner = jvs_item(owners, i), kind = jvs_at(owner, "kind"), name = jvs_at(owner, "name");

		validate_owner(owner, where, causes);
		if (!jvs_get_bool(owner, "controller", false))
			continue;
		if (controller)
			invalid(causes, where, owners,
				"Only one reference can have Controller set to true. Found \"true\" in references "
				"for %s and %s/%s",
				controller, jvs_text(kind), jvs_text(name));
		else
			controller = mem_printf("%s/%s", jvs_text(kind), jvs_text(name));
	}
}

static void validate_finalizers(jv meta, const struct at *at, struct causes *causes)
{
	scoped(jv) jv list = jvs_at(meta, "finalizers");
	bool orphan = false, foreground = false;

	for (int i = 0; i < jvs_len(list); i++) {
		scoped(jv) jv name = jvs_item(list, i);

		invalid_name(causes, at_field(at, "finalizers"), NAME_KEY, jvs_text(name));
		orphan |= !strcmp(jvs_text(name), "orphan");
		foreground |= !strcmp(jvs_text(name), "foregroundDeletion");
	}
	if (orphan && foreground)
		invalid(causes, at_field(at, "finalizers"), list,
			"finalizer orphan and foregroundDeletion cannot be both set");
}

/* What is asked on create and on update. */
static void validate_meta(jv meta, const struct at *at, struct causes *causes)
{
	scoped(jv) jv labels = jvs_at(meta, "labels"), annotations = jvs_at(meta, "annotations");

	check_labels(labels, at_field(at, "labels"), causes);
	check_annotations(annotations, at_field(at, "annotations"), causes);
	validate_owners(meta, at, causes);
}

void validate_create(const struct kind *kind, jv object, const struct finder *finder, struct causes *causes)
{
	scoped(jv) jv meta = jvs_at(object, "metadata");
	const struct at *at = at_field(NULL, "metadata");

	validate_names(kind, meta, at, causes);
	validate_meta(meta, at, causes);
	validate_finalizers(meta, at, causes);
	if (kind->hooks && kind->hooks->validate)
		kind->hooks->validate(object, finder, causes);
}

/* Finalizers may only go while an object is being deleted. */
static void validate_no_new_finalizers(jv meta, jv old, const struct at *at, struct causes *causes)
{
	scoped(jv) jv now = jvs_at(meta, "finalizers"), before = jvs_at(old, "finalizers"),
		      deleted = jvs_at(old, "deletionTimestamp");
	scoped(strs) struct strs known = { 0 };
	scoped(buf) struct buf text = { 0 };
	size_t found = 0;

	if (!jvs_is(deleted, JV_KIND_STRING))
		return;
	for (int i = 0; i < jvs_len(before); i++) {
		scoped(jv) jv name = jvs_item(before, i);

		strs_add(&known, jvs_text(name));
	}
	buf_add_text(
		&text, "no new finalizers can be added if the object is being deleted, found new finalizers []string{");
	for (int i = 0; i < jvs_len(now); i++) {
		scoped(jv) jv name = jvs_item(now, i);

		if (!strs_has(&known, jvs_text(name)))
			buf_printf(&text, "%s\"%s\"", found++ ? ", " : "", jvs_text(name));
	}
	buf_add_char(&text, '}');
	if (found)
		forbidden(causes, at_field(at, "finalizers"), buf_text(&text));
}

static void validate_meta_update(jv object, jv old_object, struct causes *causes)
{
	static const char *const fixed[] = {
		"name",
		"namespace",
		"uid",
		"creationTimestamp",
		"deletionTimestamp",
		"deletionGracePeriodSeconds",
	};
	scoped(jv) jv meta = jvs_at(object, "metadata"), old = jvs_at(old_object, "metadata");
	const struct at *at = at_field(NULL, "metadata");

	validate_no_new_finalizers(meta, old, at, causes);
	for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++) {
		scoped(jv) jv now = jvs_at(meta, fixed[i]), before = jvs_at(old, fixed[i]);

		check_same(now, before, at_field(at, fixed[i]), causes);
	}
	validate_meta(meta, at, causes);
}

/* Upstream asks these of every object, and then the kind's own rules ask them again: each fault is told twice. */
static void validate_meta_twice(jv object, jv old, struct causes *causes)
{
	validate_meta_update(object, old, causes);
	validate_meta_update(object, old, causes);
}

void validate_update(const struct kind *kind, jv object, jv old, struct causes *causes)
{
	validate_meta_twice(object, old, causes);
	if (kind->hooks && kind->hooks->validate)
		kind->hooks->validate(object, NULL, causes);
	if (kind->hooks && kind->hooks->validate_update)
		kind->hooks->validate_update(object, old, causes);
}

void validate_status(const struct kind *kind, jv object, jv old, struct causes *causes)
{
	validate_meta_twice(object, old, causes);
	if (kind->hooks && kind->hooks->validate_status)
		kind->hooks->validate_status(object, old, causes);
}
