/* child.h: one process that is minded: started, restarted when it dies, ended when asked. A table says what each event
 * does in each state (child.c). */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/scoped.h"
#include "base/strs.h"
#include "reach/loop.h"

enum child_state {
	CHILD_OFF,	/* does not run and is not wanted */
	CHILD_STARTING, /* runs, has not said that it is ready */
	CHILD_READY,
	CHILD_WAITING,	/* died; is started again when the back-off is over */
	CHILD_STOPPING, /* was asked to end */
	CHILD_STATES,
};

enum child_event {
	CHILD_START,	  /* is wanted */
	CHILD_SAID_READY, /* its byte on the lifeline */
	CHILD_DIED,
	CHILD_TIMER,
	CHILD_STOP, /* is not wanted any more */
	CHILD_EVENTS,
};

struct child {
	struct child *next; /* the minder's list */
	char *name;	    /* "api", "control", "node NAME" */
	char *log;	    /* file of its stdout and stderr */
	struct strs argv;
	bool hard; /* STOP is SIGKILL: a machine that falls out asks nobody */

	struct loop *loop; /* the rest is child.c's own */
	void (*changed)(void *arg, struct child *child);
	void *arg;
	enum child_state state;
	pid_t pid;	   /* 0: none */
	int lifeline;	   /* our end; -1: none */
	unsigned failures; /* in a row, since it was last in good health */
	unsigned restarts; /* since the minder started */
	bool again;	   /* start once more when it has stopped */
	struct timer timer;
};

/* argv is this program's (argv[0] is what ps shows). changed comes after each change of state. */
struct child *child_new(struct loop *loop, const char *name, const char *log, const char *const *argv,
	void (*changed)(void *arg, struct child *child), void *arg);
void child_free(struct child *child);
SCOPED_PTR(child)

void child_take(struct child *child, enum child_event event);

/* After SIGCHLD: notices that it died. */
void child_reap(struct child *child);
const char *child_state_name(const struct child *child);
