#include "cluster/images.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/proc.h"
#include "cluster/cluster.h"
#include "cluster/settings.h"
#include "formats/jvs.h"
#include "formats/lines.h"
#include "api/client.h"
#include "reach/endpoint.h"
#include "reach/http.h"
#include "reach/loop.h"
#include "reach/place.h"
#include "roles.h"

#define CONTEXT_MAX ((size_t)1 << 30)

int images_socket(const char *cluster, char **socket, struct err *err)
{
	scoped(jv) jv status = jv_null(), nodes = jv_null();

	*socket = NULL;
	if (cluster_status(cluster, &status, err) < 0)
		return -1;
	nodes = jvs_at(status, "nodes");
	for (int i = 0; i < jvs_len(nodes) && !*socket; i++) {
		scoped(jv) jv node = jvs_item(nodes, i);

		*socket = jvs_get_text(node, "engine.socket");
	}
	if (!*socket)
		return err_set(err, ERR_UNREACHABLE, NULL, "cluster \"%s\" has no container engine", cluster);
	return 0;
}

/* A request whose answer is a stream of JSON objects. */
struct talk {
	struct lines lines;
	const struct images_ear *ear;
};

static void talk_release(struct talk *talk)
{
	lines_release(&talk->lines);
}

/* An engine tells that it failed in the stream, under a status of 200. */
static int hear(struct talk *talk, struct slice said, struct err *err)
{
	scoped(jv) jv object = jv_null();
	scoped_free char *error = NULL;

	if (talk->ear->heard)
		talk->ear->heard(talk->ear->arg, said);
	if (jvs_parse(said, &object, err) < 0)
		return -1;
	error = jvs_get_text(object, "error");
	return error ? err_set(err, ERR_FAILED, NULL, "%s", error) : 0;
}

static int take(void *arg, struct slice piece, struct err *err)
{
	struct talk *talk = arg;
	struct slice said;
	int more;

	lines_feed(&talk->lines, piece.at, piece.len);
	while ((more = lines_next(&talk->lines, &said, err)) > 0)
		if (hear(talk, said, err) < 0)
			return -1;
	return more;
}

static int ask(const char *socket, struct http_request *request, struct http_answer *answer, struct err *err)
{
	scoped(endpoint) struct endpoint endpoint = { .server = mem_printf("unix://%s", socket) };
	scoped_ptr(loop) struct loop *loop = loop_new();
	scoped_ptr(http) struct http *http = http_new(loop, &endpoint, "klocal");
	scoped(jv) jv told = jv_null();
	scoped_free char *message = NULL;

	if (http_do(http, request, answer, err) < 0)
		return -1;
	if (answer->status >= 200 && answer->status < 300)
		return 0;
	jvs_parse(buf_slice(&answer->body), &told, NULL);
	message = jvs_get_text(told, "message");
	return err_set(err, ERR_FAILED, NULL, "the engine says %d: %s", answer->status,
		message ? message : buf_text(&answer->body));
}

static int send_tar(
	const char *socket, const char *path, struct slice tar, const struct images_ear *ear, struct err *err)
{
	scoped(http_answer) struct http_answer answer = { 0 };
	scoped(talk) struct talk talk = { .ear = ear };
	struct http_request request = { .method = "POST",
		.path = path,
		.body = tar,
		.content_type = "application/x-tar",
		.data = take,
		.arg = &talk };

	return ask(socket, &request, &answer, err);
}

int images_load(const char *socket, const char *file, const struct images_ear *ear, struct err *err)
{
	scoped_fd int fd = open(file, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *at;
	int result;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_errno(err, "opening %s", file);
	if (!S_ISREG(st.st_mode) || !st.st_size)
		return err_set(err, ERR_FAILED, NULL, "%s is not an image in a tar file", file);
	at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (at == MAP_FAILED)
		return err_errno(err, "reading %s", file);
	result = send_tar(socket, "/images/load", (struct slice){ at, (size_t)st.st_size }, ear, err);
	munmap(at, (size_t)st.st_size);
	return result < 0 ? err_wrap(err, "loading %s", file) : 0;
}

/* The folder as a tar file, by tar itself: it knows every corner of modes, links and sparse files. */
static int pack(const char *dir, struct buf *tar, struct err *err)
{
	const char *argv[] = { "tar", "-C", dir, "-c", ".", NULL };
	struct proc proc = { .argv = argv, .in = -1, .out = -1, .err = PROC_SAME, .keep = -1 };
	scoped_fd int from = -1, to = -1;
	int ends[2], status;
	ssize_t got;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_errno(err, "making a pipe");
	from = ends[0];
	to = ends[1];
	proc.out = to;
	pid = proc_start(&proc, err);
	close(steal_fd(&to));
	if (pid < 0)
		return -1;
	do
		got = buf_read(tar, from);
	while ((got > 0 && tar->len <= CONTEXT_MAX) || (got < 0 && errno == EINTR));
	close(steal_fd(&from));
	status = proc_wait(pid, err);
	if (tar->len > CONTEXT_MAX)
		return err_set(err, ERR_FAILED, NULL, "%s is over 1 GiB", dir);
	return status ? err_set(err, ERR_FAILED, NULL, "packing %s: tar ended with status %d", dir, status) : 0;
}

int images_build(const char *socket, const char *dir, const char *tag, const struct images_ear *ear, struct err *err)
{
	scoped(buf) struct buf tar = { 0 }, path = { 0 };

	if (pack(dir, &tar, err) < 0)
		return -1;
	buf_add_text(&path, "/build?rm=true");
	query_add(&path, "t", tag);
	return send_tar(socket, buf_text(&path), buf_slice(&tar), ear, err) < 0 ? err_wrap(err, "building %s", tag) : 0;
}

int images_list(const char *socket, jv *images, struct err *err)
{
	scoped(http_answer) struct http_answer answer = { 0 };
	struct http_request request = { .path = "/images/json" };

	*images = jv_null();
	return ask(socket, &request, &answer, err) < 0 ? -1 : jvs_parse(buf_slice(&answer.body), images, err);
}
