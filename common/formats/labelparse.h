/* labelparse.h: the grammar of label selectors: "app=web,tier in (a, b),!canary". */
#pragma once

struct err;
struct requirement;

/* Calls add with each requirement, in the text's order; add takes what it holds. 0 or -1 (err, ERR_USAGE). */
int labelparse(const char *text, void (*add)(void *arg, struct requirement *requirement), void *arg, struct err *err);
