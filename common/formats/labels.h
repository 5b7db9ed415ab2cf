/* labels.h: what a label's key and value may be. Source: k8s.io/apimachinery/pkg/api/validate/content/kube.go. */
#pragma once

struct strs;

/* Adds what is wrong with it in upstream's words, an entry each; nothing where it is fine. */
void labels_check_key(const char *key, struct strs *wrong);             /* [PREFIX/]NAME */
void labels_check_value(const char *value, struct strs *wrong);
