/* yaml.h: YAML to and from jv as Kubernetes' tools read and print it. JSON is YAML, so the reader takes both.
 * Source of the rules: sigs.k8s.io/yaml (goyaml.v2): YAML 1.1 scalars with merge keys; objects' keys become strings. */
#pragma once

#include <jv.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/scoped.h"
#include "base/strs.h"

struct err;
struct yaml;

/* Documents one by one, from bytes (lent) or a descriptor (lent, read as it is needed). */
struct yaml *yaml_new(struct slice bytes);
struct yaml *yaml_new_fd(int fd);
void yaml_free(struct yaml *yaml);
SCOPED_PTR(yaml)

/* Duplicate keys are refused unless they are collected: one line each of Go's wording
 * ('line 7: key "app" already set in map'); the last one counts. */
void yaml_collect_duplicates(struct yaml *yaml, struct strs *told);

/* 1: the next document that is not empty, owned; 0: no more; -1: err says which document, line and column. After -1
 * there are no more. */
int yaml_next(struct yaml *yaml, jv *value, struct err *err);

/* Where the last document began, for what is said about it. */
unsigned yaml_document(const struct yaml *yaml);        /* 1 is the first */
unsigned yaml_line(const struct yaml *yaml);            /* 1 is the first */

/* Exactly one document. 0 or -1. told as above, or NULL. */
int yaml_parse(struct slice bytes, jv *value, struct strs *told, struct err *err);

/* Appends value as kubectl -o yaml prints it: block style, keys sorted, a newline at the end. No "---". */
void yaml_print(jv value, struct buf *to);
