/* review.h: questions that are posted and answered and never stored: who am I, may I. */
#pragma once

#include <stdbool.h>

struct kind;
struct request;

bool review_is(const struct kind *kind);
int review_create(struct request *request);
