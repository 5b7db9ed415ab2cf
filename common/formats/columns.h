/* columns.h: -o custom-columns=NAME:.metadata.name,POD_IP:.status.podIP
 * Source: k8s.io/kubectl/pkg/cmd/get/customcolumn.go. */
#pragma once

#include <jv.h>

#include "base/scoped.h"

struct err;
struct columns;
struct table;

/* 0, or -1 (err, ERR_USAGE, names the part that is no NAME:PATH). */
int columns_parse(const char *spec, struct columns **columns, struct err *err);
void columns_free(struct columns *columns);
SCOPED_PTR(columns)

void columns_header(const struct columns *columns, struct table *table);

/* A row from object (lent): several values are joined by commas, none is <none>. */
void columns_row(const struct columns *columns, jv object, struct table *table);
