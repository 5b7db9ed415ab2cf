/* fake.h: an API server of canned answers for the unit tests: a process of its own on a Unix socket. Each rule answers
 * one request, the first unused rule whose beginning fits; what fits none is answered with 500 and a text that says
 * so. */
#pragma once

#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "reach/endpoint.h"

enum fake_how {
	FAKE_WHOLE,     /* Content-Length; the connection stays */
	FAKE_ENDED,     /* chunked, with its last chunk */
	FAKE_OPEN,      /* chunked, and nothing comes after: the connection stays open */
	FAKE_CUT,       /* chunked, and the connection is closed without a last chunk */
	FAKE_SHORT,     /* Content-Length of one byte more than comes, then closed */
	FAKE_GONE,      /* closed without an answer */
};

struct fake_rule {
	const char *request;            /* "GET /api/v1/pods?limit=500": how the request begins */
	int status;                     /* 0: 200 */
	enum fake_how how;
	const char *body;
	const char *headers;            /* "Name: value\r\n" …, or NULL */
	const char *wants;              /* this must stand somewhere in the request; NULL: anything */
};

#define FAKE_RULES 64
#define FAKE_LOG (64 * 1024)

/* Shared by all its processes. */
struct fake_state {
	atomic_int used[FAKE_RULES];
	atomic_int connections, strangers;
	atomic_size_t log_len;
	char log[FAKE_LOG];             /* first lines of what was asked */
};

struct fake {
	const struct fake_rule *rules;
	size_t count;
	struct fake_state *state;
	char dir[64], socket[100];
	pid_t pid;
	struct endpoint endpoint;       /* leads there */
};

static inline void fake_log(struct fake *fake, const char *request)
{
	size_t len = strcspn(request, "\r\n"), at = atomic_fetch_add(&fake->state->log_len, len + 1);

	if (at + len + 1 < FAKE_LOG) {
		memcpy(fake->state->log + at, request, len);
		fake->state->log[at + len] = '\n';
	}
}

static inline const struct fake_rule *fake_find(struct fake *fake, const char *request)
{
	for (size_t i = 0; i < fake->count; i++) {
		const struct fake_rule *rule = &fake->rules[i];
		int unused = 0;

		if (strncmp(request, rule->request, strlen(rule->request)) == 0 &&
			(!rule->wants || strstr(request, rule->wants)) &&
			atomic_compare_exchange_strong(&fake->state->used[i], &unused, 1))
			return rule;
	}
	atomic_fetch_add(&fake->state->strangers, 1);
	return NULL;
}

static inline void fake_say(int fd, const char *at, size_t len)
{
	while (len) {
		ssize_t wrote = send(fd, at, len, MSG_NOSIGNAL);

		if (wrote <= 0)
			_exit(0);
		at += wrote;
		len -= (size_t)wrote;
	}
}

/* False where the connection is to be closed. */
static inline bool fake_answer(int fd, const struct fake_rule *rule)
{
	const char *body = rule->body ? rule->body : "";
	size_t len = strlen(body);
	bool chunked = rule->how == FAKE_ENDED || rule->how == FAKE_OPEN || rule->how == FAKE_CUT;
	scoped_free char *length = mem_printf("Content-Length: %zu\r\n", len + (rule->how == FAKE_SHORT));
	scoped_free char *head = mem_printf("HTTP/1.1 %d Said\r\nContent-Type: application/json\r\n%s%s\r\n",
		rule->status ? rule->status : 200, rule->headers ? rule->headers : "",
		chunked ? "Transfer-Encoding: chunked\r\n" : length);

	if (rule->how == FAKE_GONE)
		return false;
	fake_say(fd, head, strlen(head));
	if (chunked && len) {
		scoped_free char *size = mem_printf("%zx\r\n", len);

		fake_say(fd, size, strlen(size));
		fake_say(fd, body, len);
		fake_say(fd, "\r\n", 2);
	} else {
		fake_say(fd, body, len);
	}
	if (rule->how == FAKE_ENDED)
		fake_say(fd, "0\r\n\r\n", 5);
	if (rule->how == FAKE_OPEN)
		while (read(fd, &(char){ 0 }, 1) > 0)
			;
	return rule->how == FAKE_WHOLE || rule->how == FAKE_ENDED;
}

static inline void fake_connection(struct fake *fake, int fd)
{
	static char request[256 * 1024];
	size_t len = 0;
	bool open = true;

	while (open) {
		char *end, *length;
		size_t whole;
		ssize_t got;
		const struct fake_rule *rule;

		while (!(end = strstr(request, "\r\n\r\n"))) {
			got = read(fd, request + len, sizeof request - len - 1);
			if (got <= 0)
				_exit(0);
			len += (size_t)got;
			request[len] = '\0';
		}
		length = strcasestr(request, "\r\nContent-Length:");
		whole = (size_t)(end + 4 - request) + (length && length < end ? (size_t)atol(length + 17) : 0);
		while (len < whole) {
			got = read(fd, request + len, sizeof request - len - 1);
			if (got <= 0)
				_exit(0);
			len += (size_t)got;
			request[len] = '\0';
		}
		fake_log(fake, request);
		rule = fake_find(fake, request);
		open = fake_answer(fd, rule ? rule : &(struct fake_rule){ .status = 500, .body = "no rule fits" });
		memmove(request, request + whole, len - whole + 1);
		len -= whole;
	}
	_exit(0);
}

static inline void fake_serve(struct fake *fake, int listener)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGCHLD, SIG_IGN);
	for (;;) {
		int fd = accept(listener, NULL, NULL);

		if (fd < 0)
			_exit(0);
		atomic_fetch_add(&fake->state->connections, 1);
		if (fork() == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			fake_connection(fake, fd);
		}
		close(fd);
	}
}

static inline void fake_start(struct fake *fake, const struct fake_rule *rules, size_t count)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	*fake = (struct fake){ .rules = rules, .count = count };
	fake->state = mmap(NULL, sizeof *fake->state, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	snprintf(fake->dir, sizeof fake->dir, "/tmp/podline-fake.XXXXXX");
	if (!mkdtemp(fake->dir))
		exit(99);
	snprintf(fake->socket, sizeof fake->socket, "%s/s", fake->dir);
	snprintf(address.sun_path, sizeof address.sun_path, "%s", fake->socket);
	if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 64) < 0)
		exit(99);
	fake->endpoint.server = mem_printf("unix://%s", fake->socket);
	fflush(stdout);
	fake->pid = fork();
	if (fake->pid == 0)
		fake_serve(fake, listener);
	close(listener);
}

/* How many of the rules were used; one that was not is told. */
static inline size_t fake_used(const struct fake *fake)
{
	size_t used = 0;

	for (size_t i = 0; i < fake->count; i++) {
		used += fake->state->used[i] != 0;
		if (!fake->state->used[i])
			printf("# not asked for: %s\n", fake->rules[i].request);
	}
	return used;
}

static inline void fake_stop(struct fake *fake)
{
	kill(fake->pid, SIGKILL);
	waitpid(fake->pid, NULL, 0);
	unlink(fake->socket);
	rmdir(fake->dir);
	munmap(fake->state, sizeof *fake->state);
	endpoint_release(&fake->endpoint);
}
