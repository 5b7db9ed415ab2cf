/* pod.h: one pod on this node: from whatever there is to what the API says, step by step. Nothing is remembered that
 * must not be forgotten: after a restart of the agent the API and the runtime tell the same again. */
#pragma once

#include <jv.h>
#include <stdbool.h>
#include <stdint.h>

#include "node/backoff.h"
#include "node/driver.h"
#include "node/world.h"
#include "reach/loop.h"

struct agent;

enum slot_step { SLOT_IDLE, SLOT_FINDING, SLOT_PULLING, SLOT_CREATING, SLOT_STARTING };

/* The place of one container of the spec; its containers, one after the other, are boxes of the world. */
struct slot {
	struct pod *pod;
	char *name;
	int index;                      /* in spec.initContainers or spec.containers */
	bool init;
	enum slot_step step;            /* the call that is under way */
	char *image;                    /* found on this machine and not yet used; NULL: to be looked for */
	bool pulled;                    /* image was just pulled */
	char *reason, *message;         /* why it waits; NULL: it does not, or is being created */
	bool told;                      /* the event of reason was told … */
	unsigned told_attempt;          /* … of that attempt */
	struct backoff restart, pull;
	int64_t pull_began_ms;
	int64_t pull_failed_ms;         /* clock_ms(); 0: the last pull did not fail */
	char *pull_error;
	int64_t retry_ms;               /* clock_ms() before which creating is not tried again */
};

struct pod {
	struct agent *agent;
	char *uid, *ns, *name;
	jv object;                      /* as the API has it; null: it has it no more */
	struct slot *slots;             /* those of init containers first */
	size_t slot_count;
	unsigned calls;                 /* to runtime and API, under way: it is not freed before they are over */

	bool sandbox_busy;
	struct backoff sandbox_backoff;
	int64_t sandbox_failed_ms;
	bool files_ready;               /* its volumes are made */
	int64_t end_ms;                 /* clock_ms() at which what still runs is killed; 0: it is not ending */
	int64_t grace_s;                /* the deletionGracePeriodSeconds that end_ms was made of */

	jv status;                      /* as it was last worked out; begins as the API has it */
	jv sent, answered;              /* what was written last and what the API made of it */
	bool final;                     /* status is the last word */
	bool writing, deleting;
	unsigned failures;              /* of writes in a row … */
	int64_t retry_ms;               /* … and clock_ms() before which none is tried */

	struct timer timer;
	int64_t wake_ms;                /* the earliest that a step asked for in this sync; 0: none */
	bool in_sync, again;
};

/* object null: only boxes are left of it. */
struct pod *pod_new(struct agent *agent, const char *uid, jv object);
void pod_free(struct pod *pod);

/* object is lent; null: gone. */
void pod_set_object(struct pod *pod, jv object);

/* Takes the next steps. True: nothing is left of it, here and in the API, and it is to be freed. */
bool pod_sync(struct pod *pod);

void pod_wake(struct pod *pod);                         /* pod_sync() soon */
void pod_wake_at(struct pod *pod, int64_t at_ms);       /* at that clock_ms() */
void pod_image_came(struct pod *pod);                   /* those who wait for an image look again */

/* For slot.c and status.c. */
jv slot_container(const struct slot *slot);             /* its part of the spec; owned */
struct box *pod_sandbox(const struct pod *pod);         /* the newest that is not ended, or NULL */
struct box *slot_box(const struct slot *slot, unsigned back);   /* the newest (0), the one before it (1) …, or NULL */
void pod_tell(struct pod *pod, const struct slot *slot, const char *type, const char *reason, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

/* Ends a running one with the pod's grace, once or more: told by an event when it begins. why: words with %s for the
 * container's name; NULL: the usual ones. */
void pod_end_box(struct pod *pod, struct box *box, const char *why);
void pod_remove_box(struct pod *pod, struct box *box);

/* A call to the runtime; over is called when it has ended, then the pod is woken. err as in runtime_done. */
struct job;
typedef void job_over(struct pod *pod, struct slot *slot, const char *id, const char *value, struct err *err);
struct job *job_new(struct pod *pod, struct slot *slot, const char *id, job_over *over);
const char *job_id(const struct job *job);
void job_done(void *job, const char *value, struct err *err);   /* a runtime_done */
