/* text.h: what the two generators share. They run once, on the build machine, and end where something is wrong; what
 * they lend out of jv lives as long as the document does. */
#pragma once

#include <jv.h>
#include <stdbool.h>

jv text_read_json(const char *path);		 /* the caller's */
jv value_at(jv object, const char *key);	 /* owned; invalid where it is not there */
bool value_is(jv object, const char *key);	 /* an object stands there */
const char *text_at(jv object, const char *key); /* "" where it is no string; lent by object */

/* printf behind text, which is taken and may be NULL. The caller frees. */
char *text_add(char *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
char *text_quote(const char *text); /* as a C string literal; the caller frees */
