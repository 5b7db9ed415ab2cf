/* names.h: how things may be called. Source: k8s.io/apimachinery/pkg/util/validation. */
#pragma once

#include <jv.h>
#include <stdbool.h>

struct at;
struct causes;
struct strs;

enum name_rule {
	NAME_SUBDOMAIN,	 /* RFC 1123: most objects */
	NAME_LABEL,	 /* RFC 1123: namespaces, containers, volumes */
	NAME_LABEL_1035, /* the same, but begins with a letter */
	NAME_PATH,	 /* what may stand in a path of the API */
	NAME_KEY,	 /* of labels, taints and finalizers: PREFIX/NAME */
	NAME_VALUE,	 /* of labels */
	NAME_CONFIG_KEY, /* of config maps and secrets */
	NAME_ENV,	 /* of environment variables */
	NAME_PORT,	 /* of ports (IANA_SVC_NAME) */
	NAME_HEADER,	 /* of HTTP */
	NAME_PERCENT,	 /* "25%" */
};

/* Adds what is wrong, a line each; nothing where text is fine. */
void names_check(enum name_rule rule, const char *text, struct strs *faults);

/* The same as causes of an object. text is shown as the value. */
void invalid_name(struct causes *causes, const struct at *at, enum name_rule rule, const char *text);

/* Five random characters, as generated names end; without vowels, so that no words come out. */
#define NAME_SUFFIX 5
void names_suffix(char suffix[NAME_SUFFIX + 1]);
