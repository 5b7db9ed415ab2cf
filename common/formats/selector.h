/* selector.h: label selectors (every operator) and field selectors, parsed once and matched often. */
#pragma once

#include <jv.h>

#include "base/buf.h"
#include "base/scoped.h"

struct err;
struct selector;        /* an "and" of requirements; NULL matches everything */

/* Source: k8s.io/apimachinery/pkg/labels/selector.go. "" gives NULL. 0 or -1 (err, ERR_USAGE, upstream's words). */
int selector_parse_labels(const char *text, struct selector **selector, struct err *err);

/* KEY=VALUE, KEY==VALUE, KEY!=VALUE joined by commas, \-escapes. Source: k8s.io/apimachinery/pkg/fields/selector.go. */
int selector_parse_fields(const char *text, struct selector **selector, struct err *err);

/* From a metav1.LabelSelector ({matchLabels, matchExpressions}); {} matches everything, null nothing. */
int selector_from_object(jv label_selector, struct selector **selector, struct err *err);

/* labels: the object's metadata.labels (null is none). */
bool selector_matches(const struct selector *selector, jv labels);

/* The same, with a function in place of the map: NULL for "no such key". Its string is borrowed. */
bool selector_matches_with(const struct selector *selector, const char *(*get)(void *arg, const char *key), void *arg);

/* Requirement by requirement, to see which keys a field selector names; NULL past the end. */
const char *selector_key(const struct selector *selector, size_t index);

/* The value where requirement index is an equality, else NULL. */
const char *selector_equals(const struct selector *selector, size_t index);

char *selector_text(const struct selector *selector);   /* canonical; the caller frees */
void selector_free(struct selector *selector);
SCOPED_PTR(selector)
