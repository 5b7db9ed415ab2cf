#include "api/refuse.h"

#include <stdarg.h>

#include "base/err.h"
#include "base/mem.h"

static enum err_class class_of(int code)
{
	switch (code) {
	case 401:
	case 403:
		return ERR_FORBIDDEN;
	case 404:
		return ERR_NOT_FOUND;
	case 409:
		return ERR_CONFLICT;
	case 504:
		return ERR_TIMEOUT;
	default:
		return ERR_FAILED;
	}
}

int refuse(struct err *err, int code, const char *reason, const char *format, ...)
{
	scoped_free char *text = NULL;
	va_list args;

	va_start(args, format);
	text = mem_vprintf(format, args);
	va_end(args);
	err_set(err, class_of(code), reason, "%s", text);
	if (err)
		err->code = code;
	return -1;
}
