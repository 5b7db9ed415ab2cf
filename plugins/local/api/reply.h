/* reply.h: answers that are a Status. Source: k8s.io/apimachinery/pkg/api/errors. */
#pragma once

#include <jv.h>

struct causes;
struct err;
struct kind;
struct request;

/* The request's answer becomes a Status of failure. reason "" leaves it out; details is taken, jv_invalid() leaves them
 * out. Always -1. */
int reply_fail(struct request *request, int code, const char *reason, jv details, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

/* The common ones, for the request's kind. Always -1. */
int reply_not_found(struct request *request, const char *name);
int reply_no_resource(struct request *request);               /* 404: nothing of that kind is served */
int reply_no_page(struct request *request);                   /* 404 in plain text: outside of all groups */
int reply_no_method(struct request *request);                 /* 405 */
int reply_forbidden(struct request *request, const char *name, const char *why);
int reply_conflict(struct request *request, const char *name, const char *why);
int reply_invalid(struct request *request, const struct causes *causes, const char *name);
int reply_err(struct request *request, const struct err *err, jv details);     /* err->code, or 500; takes details */

/* A Status of success. details as above. Always 0. */
int reply_success(struct request *request, int code, jv details);

/* {"name":…,"group":…,"kind":PLURAL}, as far as they are there. */
jv reply_details(const struct kind *kind, const char *name);
