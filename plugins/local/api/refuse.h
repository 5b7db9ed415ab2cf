/* refuse.h: an answer that is a Status of failure, on its way up as an err: its code, reason and words. */
#pragma once

struct err;

/* Fills err with what a client is told and returns -1: code 400 to 599; reason NULL where upstream gives none (500). */
int refuse(struct err *err, int code, const char *reason, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
