/* requirement.h: one of a selector's requirements. Source: k8s.io/apimachinery/pkg/labels/selector.go, Requirement. */
#pragma once

#include "base/buf.h"
#include "base/strs.h"

struct err;

enum operator {
	OP_IN,
	OP_NOT_IN,
	OP_EQUALS,
	OP_DOUBLE_EQUALS,
	OP_NOT_EQUALS,
	OP_GREATER,
	OP_LESS,
	OP_EXISTS,
	OP_NOT_EXISTS,
};

struct requirement {
	char *key;
	enum operator op;
	struct strs values;
};

/* 0, or -1: what is wrong with its key, its values or their number, in upstream's words (ERR_USAGE). */
int requirement_check(const struct requirement *requirement, struct err *err);

/* value: what stands under its key; NULL: the key is not there. */
bool requirement_matches(const struct requirement *requirement, const char *value);

void requirement_print(const struct requirement *requirement, struct buf *to);
void requirement_release(struct requirement *requirement);
