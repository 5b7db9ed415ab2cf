/* watches.h: clients that listen. A watch is a place in the log of its collection: what comes after it is written out
 * when its connection can take more, from the bodies that the store has. It costs nothing while nothing happens, and
 * one that reads too slowly is overtaken by the log's end and cut off. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/scoped.h"

struct loop;
struct request;
struct store;
struct watches;

struct watches *watches_new(struct store *store);
void watches_free(struct watches *watches);
SCOPED_PTR(watches)

/* Who wakes a connection whose source had nothing, and who knows whether its client has gone. */
void watches_wake_by(struct watches *watches, void (*wake)(void *connection), bool (*gone)(void *connection));

/* After a turn: wakes those for whom something has come, or whose time is up. */
void watches_feed(struct watches *watches);

/* In how many ms a bookmark or an end is due, or otherwise, whichever is sooner; -1 is never. */
int64_t watches_wait(const struct watches *watches, int64_t otherwise);
void watches_end(struct watches *watches);              /* all end now */

/* Answers a request with a watch. 0; -1: the answer says why not. */
int watch_answer(struct request *request);
