/* gzip.h: answers made smaller for clients that take it. Source: k8s.io/apiserver, writers.go: level 1, from 128 KiB.
 */
#pragma once

#include <stdbool.h>

#include "base/buf.h"

struct source;

#define GZIP_FROM ((size_t)128 * 1024)

bool gzip_accepted(const char *accept_encoding);        /* NULL: no */
void gzip_buf(struct buf *buf);                         /* in place */
struct source *gzip_source(struct source *inner);       /* takes inner, which never has to wait */
