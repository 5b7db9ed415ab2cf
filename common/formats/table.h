/* table.h: aligned columns as kubectl prints them: widths are the widest cell's, three blanks apart, the last cell of a
 * row unpadded. Source: k8s.io/cli-runtime/pkg/printers/tabwriter.go, tableprinter.go. */
#pragma once

#include "base/buf.h"
#include "base/strs.h"

/* Zero is ready for use. */
struct table {
	size_t columns;
	size_t *widths;         /* remembered over flushes, so that a watch's later rows stay aligned */
	struct strs cells;      /* rows not yet flushed, end to end */
};

/* A row of as many cells as the first row had. Cells are made safe for a terminal, and cut at their first newline. */
void table_row(struct table *table, const char *const *cells, size_t count);
void table_header(struct table *table, const char *const *names, size_t count);         /* the same in upper case */

/* Appends the rows so far, aligned; a watch does it after each row. */
void table_flush(struct table *table, struct buf *to);
void table_release(struct table *table);
