/* jsonpath.h: the part of kubectl's JSONPath that names fields: .a.b, a\.b, ['a.b'], *, [*], [0], [-1], [1:3:2],
 * [0,'a'], ..a, [?(@.type=="Ready")]. What is not there is no error. Source: k8s.io/client-go/util/jsonpath. */
#pragma once

#include <jv.h>

#include "base/buf.h"
#include "base/scoped.h"

struct err;
struct jsonpath;

/* kubectl's looser spellings too: "a.b", ".a.b", "{.a.b}", "{a.b}". 0 or -1 (err, ERR_USAGE). */
int jsonpath_parse(struct slice text, struct jsonpath **path, struct err *err);
void jsonpath_free(struct jsonpath *path);
SCOPED_PTR(jsonpath)

/* An array of everything that it finds in value (lent), owned; empty where there is nothing. */
jv jsonpath_find(const struct jsonpath *path, jv value);

/* A found value as Go prints it, and so kubectl in a column: text bare, map[a:1 b:2], [1 2], <nil>. */
void jsonpath_print(jv found, struct buf *to);
