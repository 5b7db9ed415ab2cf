/* turn.h: the writes that arrived together: one transaction, one fsync, then all their answers. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct request;
struct store;

struct turn {
	struct request **at;
	size_t len, cap;
};

void turn_add(struct turn *turn, struct request *request);     /* lent until it is answered or dropped */
void turn_drop(struct turn *turn, const struct request *request);

/* Handles all of them. Those whose answer has a code then are on the disk and leave the turn, told to answered; the
 * others wait. Returns in how many ms the next is due, or -1. */
int64_t turn_run(
	struct turn *turn, struct store *store, void (*answered)(void *arg, struct request *request), void *arg);
bool turn_is_due(const struct turn *turn);      /* one waits for nothing but the turn */
void turn_release(struct turn *turn);
