#include "api/decode.h"

#include <stdlib.h>

#include "api/json.h"
#include "api/kind.h"
#include "api/refuse.h"
#include "api/schema.h"
#include "api/typed.h"
#include "base/mem.h"
#include "formats/jvs.h"
#include "formats/yamls.h"

/* The beginning of what could not be understood: as it is where it looks like JSON, else in hexadecimal. */
static char *summary_of(struct slice body)
{
	size_t len = body.len < 30 ? body.len : 30;
	const char *more = body.len > 30 ? " ..." : "";
	scoped(buf) struct buf text = { 0 };

	if (!body.len)
		return mem_dup("<empty>");
	if (*body.at == '{')
		return mem_printf("%.*s%s", (int)len, body.at, more);
	for (size_t i = 0; i < len; i++)
		buf_printf(&text, "%02x", (unsigned char)body.at[i]);
	buf_add_text(&text, more);
	return buf_steal(&text);
}

static int unrecognized(const struct kind *kind, struct slice body, const char *why, struct err *err)
{
	scoped_free char *summary = summary_of(body);

	return refuse(err, 400, "BadRequest", "the object provided is unrecognized (must be of type %s): %s (%s)",
		kind->kind, why, summary);
}

static int unrecognized_json(const struct kind *kind, struct slice body, const char *why, struct err *err)
{
	scoped_free char *whole = mem_printf("couldn't get version/kind; json parse error: %s", why);

	return unrecognized(kind, body, whole, err);
}

/* Go's package of a group's internal types: "core", "apps", "coordination". */
static char *package_of(const struct kind *kind)
{
	return *kind->group ? mem_dup_n(kind->group, strcspn(kind->group, ".")) : mem_dup("core");
}

/* What was sent instead of kind, or kind itself (version and name of what the body says, or of kind where it says
 * none). */
struct said {
	const char *api_version, *kind;
};

static const char *version_part(const char *api_version)
{
	const char *slash = strrchr(api_version, '/');

	return slash ? slash + 1 : api_version;
}

static int cannot_handle(const struct kind *kind, const struct said *said, const char *why, struct err *err)
{
	return refuse(err, 400, "BadRequest", "%s in version \"%s\" cannot be handled as a %s: %s", said->kind,
		version_part(said->api_version), kind->kind, why);
}

/* Options such as DeleteOptions are known in every group version. */
static bool of_every_group(const struct kind *kind)
{
	return strncmp(kind->schema, "io.k8s.apimachinery.", strlen("io.k8s.apimachinery.")) == 0;
}

/* The body names another kind. */
static int wrong_kind(const struct kind *kind, const struct said *said, struct err *err)
{
	const struct kind *other = kind_of(said->api_version, said->kind);
	scoped_free char *why = NULL;

	if (other) {
		scoped_free char *package = package_of(kind);

		why = mem_printf("converting (%s.%s) to (%s.%s): unknown conversion", version_part(said->api_version),
			said->kind, package, kind->kind);
	} else {
		why = mem_printf("no kind \"%s\" is registered for version \"%s\" in scheme \"%s\"", said->kind,
			said->api_version, "pkg/api/legacyscheme/scheme.go:30");
	}
	return cannot_handle(kind, said, why, err);
}

static int check_kind(const struct kind *kind, const char *api_version, const struct said *said, struct err *err)
{
	bool version = !strcmp(said->api_version, api_version) || of_every_group(kind) ||
		       (kind->also && !strcmp(said->api_version, kind->also));

	if (version && !strcmp(said->kind, kind->kind))
		return 0;
	return wrong_kind(kind, said, err);
}

static char *join_told(const struct strs *told)
{
	scoped_free char *lines = strs_join(told, ", ");

	return mem_printf("strict decoding error: %s", lines);
}

char *decode_strict_error(enum strictness strictness, const struct strs *told)
{
	return strictness == STRICT_REFUSE && told->len ? join_told(told) : NULL;
}

/* The document as JSON; what is wrong with it is told in err. */
static int json_of_yaml(const struct kind *kind, struct slice body, struct buf *to, struct strs *told, struct err *err)
{
	scoped(err) struct err fault = { 0 };
	scoped(strs) struct strs doubles = { 0 };
	scoped(jv) jv value = jv_null();

	if (yamls_parse(body, &value, &doubles, &fault) < 0)
		return unrecognized(kind, body, err_text(&fault), err);
	if (doubles.len) {
		scoped_free char *lines = strs_join(&doubles, "\n  ");

		strs_printf(told, "yaml: unmarshal errors:\n  %s", lines);
	}
	jvs_print(value, to);
	return 0;
}

static int decode_json(const struct kind *kind, struct slice body, struct slice shown, enum strictness strictness,
	jv *object, struct strs *told, struct err *err)
{
	scoped_free char *error = NULL, *api_version = kind_api_version(kind), *strict = NULL;
	scoped(jv) jv said_version = jv_null(), said_kind = jv_null();
	struct said said;
	bool malformed;
	int status = typed_decode(
		schema_find(kind->schema), body, strictness == STRICT_IGNORE ? NULL : told, object, &malformed, &error);

	if (malformed)
		return unrecognized_json(kind, shown, error, err);
	said_version = jvs_at(*object, "apiVersion");
	said_kind = jvs_at(*object, "kind");
	said.api_version = *jvs_text(said_version) ? jvs_text(said_version) : api_version;
	said.kind = *jvs_text(said_kind) ? jvs_text(said_kind) : kind->kind;
	if (check_kind(kind, api_version, &said, err) < 0)
		return -1;
	if (status < 0)
		return cannot_handle(kind, &said, error, err);
	strict = decode_strict_error(strictness, told);
	if (strict)
		return cannot_handle(kind, &said, strict, err);
	jvs_put(object, "apiVersion", jv_string(api_version));
	jvs_put(object, "kind", jv_string(kind->kind));
	return 0;
}

/* An object at all? */
static int check_object(const struct kind *kind, struct slice body, struct err *err)
{
	scoped(json) struct json json = json_of(body);
	char next = json_peek(&json);
	const char *what = next == '[' ? "array" : next == '"' ? "string" : next == '0' ? "number" : "bool";
	scoped_free char *why = NULL;

	if (!next || next == '{' || next == 'n') /* malformed is told where it is read */
		return 0;
	json_skip(&json);
	json_finish(&json);
	if (json.error)
		return 0;
	why = mem_printf("json: cannot unmarshal %s into Go value of type struct { APIVersion string "
			 "\"json:\\\"apiVersion,omitempty\\\"\"; Kind string \"json:\\\"kind,omitempty\\\"\" }",
		what);
	return unrecognized_json(kind, body, why, err);
}

int decode(const struct kind *kind, struct slice body, bool yaml, enum strictness strictness, jv *object,
	struct strs *warnings, struct err *err)
{
	scoped(buf) struct buf converted = { 0 };
	scoped(strs) struct strs told = { 0 };
	struct slice json = body;
	int status;

	*object = jv_null();
	if (yaml) {
		if (json_of_yaml(kind, body, &converted, &told, err) < 0)
			return -1;
		json = buf_slice(&converted);
	}
	status = check_object(kind, json, err);
	if (status == 0)
		status = decode_json(kind, json, body, strictness, object, &told, err);
	if (status < 0) {
		jv_free(*object);
		*object = jv_null();
		return -1;
	}
	for (size_t i = 0; strictness == STRICT_WARN && i < told.len; i++)
		strs_add(warnings, told.at[i]);
	return 0;
}
