/* yamls.h: YAML to and from jv as Kubernetes' tools read and print it. JSON is YAML, so the reader takes both.
 * Source of the rules: sigs.k8s.io/yaml, goyaml.v2: YAML 1.1 (scalar.h), merge keys, and keys that become text. */
#pragma once

#include <jv.h>

#include "base/buf.h"
#include "base/scoped.h"
#include "base/strs.h"

struct err;
struct yamls;

#define YAML_MAX_DEPTH 256      /* jq 1.6 reads no more */

/* Documents one by one, from bytes (lent). */
struct yamls *yamls_new(struct slice bytes);
void yamls_free(struct yamls *yamls);
SCOPED_PTR(yamls)

/* Duplicate keys are refused, unless they are to be told: each adds an entry in Go's words
 * ('line 7: key "app" already set in map'), and the last one counts. Not for JSON. */
void yamls_tell_duplicates(struct yamls *yamls, struct strs *told);

/* 1: the next document that is not empty, owned; 0: no more; -1: err says which document, line and column, and there
 * are no more. What would unfold to more than 64 MiB through aliases is refused. */
int yamls_next(struct yamls *yamls, jv *value, struct err *err);

/* Where the last document began: 1 is the first. */
size_t yamls_document(const struct yamls *yamls);
size_t yamls_line(const struct yamls *yamls);

/* The first document alone, as a server reads a body: null where there is none. 0, or -1 with Go's words
 * ("yaml: line 3: mapping values are not allowed in this context"). told as above, or NULL. */
int yamls_parse(struct slice bytes, jv *value, struct strs *told, struct err *err);

/* Appends value as kubectl -o yaml prints it: block style, keys sorted, a newline at the end. No "---". */
void yamls_print(jv value, struct buf *to);
