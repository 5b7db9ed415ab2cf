#include "base/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"

#define KEPT_FD 3

/* Moves fd out of the way of 0 to 3, so that no dup2 below overwrites one that is still needed. */
static int raise_fd(int fd)
{
	return fd >= 0 && fd <= KEPT_FD ? fcntl(fd, F_DUPFD_CLOEXEC, KEPT_FD + 1) : fd;
}

static int put_fd(int fd, int as)
{
	if (fd == PROC_SAME)
		return 0;
	if (fd < 0)
		fd = open("/dev/null", as ? O_WRONLY : O_RDONLY);
	return fd < 0 || dup2(fd, as) < 0 ? -1 : 0;
}

/* In the child: does not come back. Its errno goes to the parent through report. */
static void become(const struct proc *proc, int report)
{
	const char *file = proc->file ? proc->file : proc->argv[0];
	int in = raise_fd(proc->in), out = raise_fd(proc->out), err = raise_fd(proc->err), keep = raise_fd(proc->keep);
	sigset_t none;

	report = raise_fd(report);
	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (proc->new_session)
		setsid();
	if (put_fd(in, 0) == 0 && put_fd(out, 1) == 0 && put_fd(err, 2) == 0 &&
		(keep < 0 || dup2(keep, KEPT_FD) >= 0)) {
		if (proc->env)
			execvpe(file, (char *const *)proc->argv, (char *const *)proc->env);
		else
			execvp(file, (char *const *)proc->argv);
	}
	(void)!write(report, &errno, sizeof errno);
	_exit(127);
}

pid_t proc_start(const struct proc *proc, struct err *err)
{
	int report[2], failure = 0;
	ssize_t got;
	pid_t pid;

	if (pipe2(report, O_CLOEXEC) < 0)
		return err_errno(err, "starting %s", proc->argv[0]);
	pid = fork();
	if (pid == 0)
		become(proc, report[1]);
	close(report[1]);
	if (pid < 0) {
		close(report[0]);
		return err_errno(err, "starting %s", proc->argv[0]);
	}
	do
		got = read(report[0], &failure, sizeof failure);
	while (got < 0 && errno == EINTR);
	close(report[0]);
	if (got > 0) {
		waitpid(pid, NULL, 0);
		errno = failure;
		return err_errno(err, "starting %s", proc->argv[0]);
	}
	return pid;
}

int proc_status(int wait_status)
{
	return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128 + WTERMSIG(wait_status);
}

int proc_wait(pid_t pid, struct err *err)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return err_errno(err, "waiting for process %d", (int)pid);
	return proc_status(status);
}
