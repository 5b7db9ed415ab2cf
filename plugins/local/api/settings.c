/* Config maps and secrets. Source: k8s.io/kubernetes/pkg/apis/core/validation/validation.go. */
#include <string.h>

#include "api/checks.h"
#include "api/edit.h"
#include "api/kind.h"
#include "base/base64.h"
#include "base/buf.h"
#include "formats/jvs.h"

#define MAX_SIZE (1024 * 1024)

/* The bytes that base64 stands for. */
static size_t decoded_size(const char *text)
{
	size_t len = strlen(text), padding = 0;

	while (padding < 2 && padding < len && text[len - 1 - padding] == '=')
		padding++;
	return len / 4 * 3 - padding;
}

/* Keys of one of the maps; how large its values are together. */
static size_t validate_keys(jv map, const char *field, bool base64, struct causes *causes)
{
	size_t size = 0;

	if (!jvs_is(map, JV_KIND_OBJECT))
		return 0;
	jv_object_foreach(map, key, value)
	{
		const char *text = jv_string_value(key);

		invalid_name(causes, at_key(at_field(NULL, field), text), NAME_CONFIG_KEY, text);
		size += base64 ? decoded_size(jvs_text(value)) : strlen(jvs_text(value));
		jv_free(key);
		jv_free(value);
	}
	return size;
}

static void validate_config_map(jv object, const struct finder *finder, struct causes *causes)
{
	scoped(jv) jv data = jvs_at(object, "data"), binary = jvs_at(object, "binaryData");
	size_t size = validate_keys(data, "data", false, causes);

	(void)finder;
	if (jvs_is(data, JV_KIND_OBJECT)) {
		jv_object_foreach(data, key, value)
		{
			if (edit_has(binary, jv_string_value(key)))
				invalid(causes, at_key(at_field(NULL, "data"), jv_string_value(key)), key,
					"duplicate of key present in binaryData");
			jv_free(key);
			jv_free(value);
		}
	}
	size += validate_keys(binary, "binaryData", true, causes);
	if (size > MAX_SIZE)
		too_long(causes, at_field(NULL, ""), MAX_SIZE);
}

static void validate_kept(jv object, jv old, const char *const *fields, struct causes *causes)
{
	static const char words[] = "field is immutable when `immutable` is set";

	if (!jvs_get_bool(old, "immutable", false))
		return;
	if (!jvs_get_bool(object, "immutable", false))
		forbidden(causes, at_field(NULL, "immutable"), words);
	for (; *fields; fields++) {
		scoped(jv) jv now = jvs_at(object, *fields), before = jvs_at(old, *fields);

		if (!jvs_equal(now, before))
			forbidden(causes, at_field(NULL, *fields), words);
	}
}

static void validate_config_map_update(jv object, jv old, struct causes *causes)
{
	static const char *const fields[] = { "data", "binaryData", NULL };

	validate_kept(object, old, fields, causes);
}

const struct kind_hooks config_map_hooks = {
	.validate = validate_config_map,
	.validate_update = validate_config_map_update,
};

/* stringData is only ever written: it becomes data. */
static void fold_string_data(jv *object)
{
	scoped(jv) jv given = jvs_at(*object, "stringData");
	jv data;

	if (!jvs_is(given, JV_KIND_OBJECT))
		return;
	data = edit_take(object, "data");
	jv_object_foreach(given, key, value)
	{
		scoped(buf) struct buf text = { 0 };

		base64_encode(slice_of(jvs_text(value)), &text);
		jvs_put(&data, jv_string_value(key), jv_string(buf_text(&text)));
		jv_free(key);
		jv_free(value);
	}
	jvs_put(object, "data", data);
	jvs_remove(object, "stringData");
}

static void default_secret(jv *object)
{
	fold_string_data(object);
	edit_default_text(object, "type", "Opaque");
}

/* What the types of secrets must hold. */
static const struct {
	const char *type, *keys[2];
	bool any; /* one of them is enough */
} secret_types[] = {
	{ "kubernetes.io/dockercfg", { ".dockercfg" }, false },
	{ "kubernetes.io/dockerconfigjson", { ".dockerconfigjson" }, false },
	{ "kubernetes.io/basic-auth", { "username", "password" }, true },
	{ "kubernetes.io/ssh-auth", { "ssh-privatekey" }, false },
	{ "kubernetes.io/tls", { "tls.crt", "tls.key" }, false },
};

static void validate_needed_keys(jv object, jv data, struct causes *causes)
{
	for (size_t i = 0; i < sizeof secret_types / sizeof *secret_types; i++) {
		const char *const *keys = secret_types[i].keys;

		if (!jvs_get_is(object, "type", secret_types[i].type))
			continue;
		if (secret_types[i].any && (edit_has(data, keys[0]) || edit_has(data, keys[1])))
			continue;
		for (size_t k = 0; k < 2 && keys[k]; k++)
			if (!edit_has(data, keys[k]))
				required(causes, at_key(at_field(NULL, "data"), keys[k]), NULL);
	}
}

static void validate_secret(jv object, const struct finder *finder, struct causes *causes)
{
	static const char account[] = "kubernetes.io/service-account.name";
	scoped(jv) jv data = jvs_at(object, "data"), annotations = jvs_get(object, "metadata.annotations");

	(void)finder;
	if (validate_keys(data, "data", true, causes) > MAX_SIZE)
		too_long(causes, at_field(NULL, "data"), MAX_SIZE);
	if (jvs_get_is(object, "type", "kubernetes.io/service-account-token") && !edit_has(annotations, account))
		required(causes, at_key(at_field(at_field(NULL, "metadata"), "annotations"), account), NULL);
	validate_needed_keys(object, data, causes);
}

static void validate_secret_update(jv object, jv old, struct causes *causes)
{
	static const char *const fields[] = { "data", NULL };
	scoped(jv) jv now = jvs_at(object, "type"), before = jvs_at(old, "type");

	check_same(now, before, at_field(NULL, "type"), causes);
	validate_kept(object, old, fields, causes);
}

const struct kind_hooks secret_hooks = {
	.default_fields = default_secret,
	.validate = validate_secret,
	.validate_update = validate_secret_update,
};
