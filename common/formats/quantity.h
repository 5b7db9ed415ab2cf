/* quantity.h: Kubernetes' amounts of resources: "500m", "64Mi", "1e3". Source: k8s.io/apimachinery/pkg/api/resource. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

enum quantity_format {
	QUANTITY_DECIMAL,  /* m k M G … */
	QUANTITY_BINARY,   /* Ki Mi Gi … */
	QUANTITY_EXPONENT, /* e3 */
};

/* At most 2^63-1 in size; what is finer than a billionth is rounded away from zero. */
struct quantity {
	__int128 nano;
	enum quantity_format format; /* how it was spelled, and is printed */
};

/* NULL, or upstream's words for what is wrong (static). */
const char *quantity_parse(struct slice text, struct quantity *quantity);

/* Appends the canonical spelling: "0.5" is "500m", "1024Mi" is "1Gi". */
void quantity_print(const struct quantity *quantity, struct buf *to);

/* Whole units, rounded up, as the kubelet and the scheduler count. */
int64_t quantity_value(const struct quantity *quantity);
int64_t quantity_milli(const struct quantity *quantity);
