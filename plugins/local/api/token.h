/* token.h: where a list in pieces goes on: the version of its first piece and the key after which the next begins.
 * Source: k8s.io/apiserver/pkg/storage/continue.go. */
#pragma once

#include <stdint.h>

struct err;

/* key: relative to the list's prefix. version 0 stands for "whatever is now" (upstream's -1). The caller frees. */
char *token_make(uint64_t version, const char *key);

/* 0 and *key, which the caller frees; -1: err has upstream's words. */
int token_read(const char *token, uint64_t *version, char **key, struct err *err);
