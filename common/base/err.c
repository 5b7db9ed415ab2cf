#include "base/err.h"

#include <errno.h>
#include <string.h>

#include "base/mem.h"

int err_set(struct err *err, enum err_class class, const char *reason, const char *format, ...)
{
	struct err fresh = { .class = class };
	va_list args;

	if (!err)
		return -1;
	va_start(args, format);
	fresh.text = mem_vprintf(format, args);
	va_end(args);
	fresh.reason = mem_dup(reason);
	err_release(err);
	*err = fresh;
	return -1;
}

int err_errno(struct err *err, const char *format, ...)
{
	int number = errno;
	scoped_free char *what = NULL;
	va_list args;

	va_start(args, format);
	what = mem_vprintf(format, args);
	va_end(args);
	return err_set(err, ERR_FAILED, NULL, "%s: %s", what, strerror(number));
}

int err_wrap(struct err *err, const char *format, ...)
{
	scoped_free char *what = NULL;
	char *whole;
	va_list args;

	if (!err)
		return -1;
	va_start(args, format);
	what = mem_vprintf(format, args);
	va_end(args);
	whole = mem_printf("%s: %s", what, err_text(err));
	free(err->text);
	err->text = whole;
	return -1;
}

void err_move(struct err *into, struct err *from)
{
	if (into) {
		err_release(into);
		*into = *from;
		*from = (struct err){ 0 };
	} else {
		err_release(from);
	}
}

const char *err_text(const struct err *err)
{
	return err->text ? err->text : "unknown error";
}

void err_release(struct err *err)
{
	free(err->reason);
	free(err->text);
	*err = (struct err){ 0 };
}
