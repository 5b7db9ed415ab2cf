/* table.h: objects as rows of a Table, with upstream's columns. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

struct body;
struct kind;
struct listing;
struct media;
struct request;

/* One object as a Table of one row. */
int table_answer(struct request *request, int code, const struct body *body);
void table_answer_listing(struct request *request, const struct listing *list);

/* The object of a watch event: one row; the columns with the first event only. */
void table_add_event(struct buf *to, const struct kind *kind, const struct body *body, const struct media *media,
	bool first);
