/* answer.h: puts objects into answers in the form that was negotiated. */
#pragma once

#include <jv.h>

#include "base/buf.h"

struct body;
struct kind;
struct request;

/* JSON or YAML as negotiated, whatever form was asked for: Status, discovery. object is lent. */
void answer_json(struct request *request, int code, jv object);
void answer_text(struct request *request, int code, const char *text);

/* An object of the request's kind, in the form that was asked for. Lent. */
int answer_object(struct request *request, int code, jv object);
int answer_body(struct request *request, int code, const struct body *body);

/* Opens the object of a kind: {"kind":K,"apiVersion":V, behind which the stored bytes go on. */
void answer_open(struct buf *to, const struct kind *kind);

/* The object as an item of a list, and with its kind, from stored bytes. */
void answer_add_item(struct buf *to, const struct kind *kind, const struct body *body);
void answer_add(struct buf *to, const struct kind *kind, const struct body *body);

/* Its metadata alone, as PartialObjectMetadata. */
void answer_add_metadata(struct buf *to, const struct body *body, bool v1beta1);

/* Ends text that is JSON: indented, or as YAML, or with a newline, as the request wants it, and makes it the answer. */
void answer_finish(struct request *request, int code, struct buf *json);
