/* complete.h: what can stand where the cursor is: VERB --complete WORDS…, the last of which is being typed. */
#pragma once

#include <popt.h>

struct verb;

/* Prints a line for each candidate: it, and a tab and what it is where that is known. Options come from the tables, the
 * rest from the cluster, within a second and as metadata only; what cannot be had is left out. */
void complete(struct verb *verb, int argc, const char **argv, const struct poptOption *options);
