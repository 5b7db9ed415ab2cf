/* scalar.h: what a bare word of YAML is, as Kubernetes' tools read it: yes and on are true, 0x1F and 0644 numbers,
 * dates text. The reader asks it, and the writer so as to quote what would be read as something else.
 * Source: sigs.k8s.io/yaml, goyaml.v2/resolve.go. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

enum scalar {
	SCALAR_TEXT,
	SCALAR_NULL,
	SCALAR_TRUE,
	SCALAR_FALSE,
	SCALAR_INT,
	SCALAR_FLOAT,           /* .inf and .nan too */
	SCALAR_TIME,            /* which Kubernetes keeps as text */
	SCALAR_MERGE,           /* << */
};

/* number is set for SCALAR_INT and SCALAR_FLOAT. */
enum scalar scalar_of(struct slice text, double *number);
