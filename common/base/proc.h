/* proc.h: starts other programs: never through a shell, every descriptor but the three close-on-exec. */
#pragma once

#include <sys/types.h>

struct err;

/* What to start. Descriptors: -1 is /dev/null, PROC_SAME keeps ours. */
#define PROC_SAME (-2)
struct proc {
	const char *const *argv;        /* NULL-ended */
	const char *file;               /* the program; NULL: argv[0]. Looked up on PATH unless it has a slash */
	const char *const *env;         /* NULL-ended NAME=VALUE in place of ours; NULL: ours */
	int in, out, err;
	int keep;                       /* one more descriptor that the child is given as number 3, or -1 */
	unsigned new_session : 1;       /* setsid: not ended by the terminal's signals */
};

/* Starts it; the pid, or -1 (err names the program when exec itself failed). Signals are at their defaults in it. */
pid_t proc_start(const struct proc *proc, struct err *err);

/* Waits for the end. The exit status as a shell tells it (128 + signal), or -1. */
int proc_wait(pid_t pid, struct err *err);

/* As a shell tells it: from waitpid's status. */
int proc_status(int wait_status);
