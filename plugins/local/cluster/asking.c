#include "cluster/asking.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "cluster/minder.h"
#include "formats/jvs.h"

#define ANSWER_MAX (256 * 1024)

int asking_open(const char *cluster, struct err *err)
{
	scoped_free char *path = minder_socket(cluster);
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	scoped_fd int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (strlen(path) >= sizeof at.sun_path)
		return err_set(err, ERR_FAILED, NULL, "%s: too long for a socket's path", path);
	memcpy(at.sun_path, path, strlen(path));
	if (fd < 0 || connect(fd, (struct sockaddr *)&at, sizeof at) < 0)
		return err_set(
			err, ERR_UNREACHABLE, NULL, "cluster \"%s\" is not running: klocal up starts it", cluster);
	return steal_fd(&fd);
}

int asking_send(int fd, const char *request, struct err *err)
{
	return send(fd, request, strlen(request), MSG_NOSIGNAL) < 0 ? err_errno(err, "asking the minder") : 0;
}

static int wait_readable(int fd, int64_t deadline, struct err *err)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };

	for (;;) {
		int64_t left = deadline - clock_ms();
		int ready = poll(&pollfd, 1, left > 0 ? (int)left : 0);

		if (ready > 0)
			return 0;
		if (ready == 0)
			return err_set(err, ERR_TIMEOUT, NULL, "the minder has not answered in time");
		if (errno != EINTR)
			return err_errno(err, "waiting for the minder");
	}
}

int asking_next(int fd, int64_t deadline, jv *answer, struct err *err)
{
	scoped(buf) struct buf text = { 0 };
	scoped(jv) jv error = jv_null();
	ssize_t got;

	*answer = jv_null();
	if (wait_readable(fd, deadline, err) < 0)
		return -1;
	got = recv(fd, buf_room(&text, ANSWER_MAX), ANSWER_MAX, 0);
	if (got <= 0)
		return 0;
	text.len = (size_t)got;
	if (jvs_parse(buf_slice(&text), answer, err) < 0)
		return -1;
	error = jvs_at(*answer, "error");
	return jvs_is(error, JV_KIND_STRING) ? err_set(err, ERR_FAILED, NULL, "%s", jvs_text(error)) : 1;
}

int asking_pid(int fd)
{
	struct ucred who = { 0 };
	socklen_t len = sizeof who;

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) < 0 ? 0 : who.pid;
}
