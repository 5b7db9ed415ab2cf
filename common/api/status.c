#include "api/status.h"

#include <ctype.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "formats/jvs.h"

#define SHOWN 200       /* bytes of a body that is no Status */

static const struct {
	int code;
	enum err_class class;
} classes[] = {
	{ 401, ERR_FORBIDDEN }, { 403, ERR_FORBIDDEN }, { 404, ERR_NOT_FOUND }, { 408, ERR_TIMEOUT },
	{ 409, ERR_CONFLICT }, { 504, ERR_TIMEOUT },
};

/* The reason is looked at too: a Timeout may come under another code. */
static enum err_class class_of(int code, const char *reason)
{
	if (code == 0)
		return ERR_UNREACHABLE;
	if (reason && (strcmp(reason, "Timeout") == 0 || strcmp(reason, "ServerTimeout") == 0))
		return ERR_TIMEOUT;
	for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
		if (classes[i].code == code)
			return classes[i].class;
	return ERR_FAILED;
}

static int set(int code, const char *reason, const char *message, struct err *err)
{
	err_set(err, class_of(code, reason), reason && *reason ? reason : NULL, "%s", message);
	if (err)
		err->code = code;
	return -1;
}

int status_object_to_err(jv status, struct err *err)
{
	int code = (int)jvs_get_int(status, "code", 500);
	scoped_free char *message = jvs_get_text(status, "message"), *reason = jvs_get_text(status, "reason");

	return set(code, reason, message && *message ? message : reason ? reason : "the server failed", err);
}

/* What a proxy or a plain web server said, on one line. */
static char *first_words(struct slice body)
{
	struct buf words = { 0 };

	for (size_t i = 0; i < body.len && words.len < SHOWN; i++) {
		unsigned char c = (unsigned char)body.at[i];

		if (isspace(c) && words.len && words.at[words.len - 1] != ' ')
			buf_add_char(&words, ' ');
		else if (!isspace(c))
			buf_add_char(&words, iscntrl(c) ? '?' : (char)c);
	}
	while (words.len && words.at[words.len - 1] == ' ')
		words.at[--words.len] = '\0';
	return buf_steal(&words);
}

int status_to_err(int code, struct slice body, const char *what, struct err *err)
{
	scoped(jv) jv status = jv_null();
	scoped_free char *words = NULL, *message = NULL;

	if (body.len && body.at[strspn(body.at, " \t\r\n")] == '{' && jvs_parse(body, &status, NULL) == 0 &&
		jvs_get_is(status, "kind", "Status")) {
		if (jvs_get_int(status, "code", 0) == 0)
			jvs_set_int(&status, "code", code);
		return status_object_to_err(status, err);
	}
	words = first_words(body);
	message = mem_printf("%s: the server answered %d%s%s", what, code, *words ? ": " : "", words);
	return set(code, NULL, message, err);
}
