/* show.h: gets, lists and watches what a reference means and prints it: the work of kpods, kget and their like. */
#pragma once

#include <stdbool.h>

struct err;
struct ref;
struct verb;

/* Prints each object as its bytes arrive; with watch goes on with every change. On a terminal, kinds without columns of
 * our own are asked for as the server's Table. 0, or -1 with err (a watch ends no other way). */
int show(struct verb *verb, const struct ref *ref, bool watch, struct err *err);

/* The same for everything that is meant; failures are told. */
void show_all(struct verb *verb, bool watch);
