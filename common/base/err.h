/* err.h: what went wrong, as a value. The last parameter of everything that can fail; zero is "nothing went wrong".
 * The library fills it and returns below 0; only the verb floor prints it, and its class is the exit status. */
#pragma once

#include "base/scoped.h"

/* Exit statuses of podline(7). */
enum err_class {
	ERR_NONE = 0,
	ERR_FAILED = 1,
	ERR_USAGE = 2,
	ERR_NOT_FOUND = 3,
	ERR_FORBIDDEN = 4,
	ERR_CONFLICT = 5,
	ERR_UNREACHABLE = 6,
	ERR_TIMEOUT = 7,
	ERR_HOPELESS = 8,       /* what is waited for can no longer come */
	ERR_LOST = 254,         /* the stream ended before the command's status came */
};

struct err {
	enum err_class class;
	int code;               /* HTTP status that it came from, or 0 */
	char *reason;           /* the API's word, "NotFound", or NULL */
	char *text;             /* one line: what and which */
};

/* Fills err (what it held is released; err may be NULL) and returns -1. reason may be NULL. */
int err_set(struct err *err, enum err_class class, const char *reason, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* The same for a failed system call: format, then ": " and strerror(errno). Class ERR_FAILED. */
int err_errno(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Puts "format: " before the text: what was being done. Keeps class and reason. Returns -1. */
int err_wrap(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Moves from to into and leaves from empty. */
void err_move(struct err *into, struct err *from);

const char *err_text(const struct err *err);    /* never NULL; lent */
void err_release(struct err *err);
