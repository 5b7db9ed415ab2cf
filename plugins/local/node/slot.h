/* slot.h: one container of a pod: image, creation, start, restart with back-off. */
#pragma once

#include <jv.h>
#include <stdbool.h>
#include <stdint.h>

struct box;
struct pod;
struct slot;

/* How far a container is, from the runtime's boxes or, where they are gone, from what the API remembers. */
enum slot_state {
	SLOT_NEVER,             /* was never there */
	SLOT_WAITS,             /* is made, not started */
	SLOT_RUNS,
	SLOT_ENDED,
	SLOT_LOST,              /* was there, and is no more; it counts as ended with 137 where it ran */
};

struct slot_view {
	enum slot_state state;
	const struct box *box;  /* NULL: NEVER or LOST */
	int exit_code;          /* ENDED and LOST */
};
struct slot_view slot_look(const struct slot *slot);

/* It has ended and restartPolicy leaves it so. */
bool slot_is_done(const struct slot *slot, const struct slot_view *view);

/* Takes the next step towards a running container in sandbox (NULL: there is none yet). */
void slot_run(struct slot *slot, struct box *sandbox);

void slot_set_reason(struct slot *slot, const char *reason, const char *message);       /* copies; NULL: none */
