#include "api/serve.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "api/access.h"
#include "api/gzip.h"
#include "api/login.h"
#include "api/request.h"
#include "api/route.h"
#include "api/reply.h"
#include "api/turn.h"
#include "api/watches.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "reach/loop.h"

#define BODY_MAX ((size_t)3 * 1024 * 1024)
#define BLOCK ((size_t)64 * 1024)       /* of an answer that is written as it is read */
#define CONNECTIONS 20000U
/* Room for a request's line and headers, and for pieces of a watch: most of what an idle watch costs. */
#define CONNECTION_MEMORY ((size_t)16 * 1024)

struct listener {
	struct serve *serve;
	struct MHD_Daemon *daemon;
	bool tls;
};

struct serve {
	struct api *api;
	struct loop *loop;
	struct login *login;
	struct listener local, remote;
	struct turn turn;
	struct timer due;
	char *socket;
};

/* A request on its way. Between its parts MHD owns the connection; while it waits, the turn or a watch has it. */
struct exchange {
	struct request request;
	struct listener *listener;
	struct MHD_Connection *connection;
	int64_t since_ms;
	bool began, handled;
};

static void *exchange_new(void *arg, const char *uri, struct MHD_Connection *connection)
{
	struct listener *listener = arg;
	struct exchange *exchange = mem_alloc(sizeof *exchange);

	exchange->listener = listener;
	exchange->connection = connection;
	exchange->request.api = listener->serve->api;
	exchange->request.path = mem_dup(uri);
	return exchange;
}

static void exchange_free(void *arg, struct MHD_Connection *connection, void **at, enum MHD_RequestTerminationCode why)
{
	struct exchange *exchange = *at;
	struct listener *listener = arg;

	(void)connection;
	(void)why;
	if (!exchange)
		return;
	turn_drop(&listener->serve->turn, &exchange->request);
	request_release(&exchange->request);
	free(exchange);
	*at = NULL;
}

static char *header(struct exchange *exchange, const char *name)
{
	return mem_dup(MHD_lookup_connection_value(exchange->connection, MHD_HEADER_KIND, name));
}

static enum MHD_Result begin(struct exchange *exchange, const char *method)
{
	struct request *request = &exchange->request;
	scoped_free char *uri = steal(request->path);

	exchange->began = true;
	request->began_ms = clock_ms();
	request->accept = header(exchange, "Accept");
	request->content_type = header(exchange, "Content-Type");
	request->user_agent = header(exchange, "User-Agent");
	request->encoding = header(exchange, "Accept-Encoding");
	request->if_none_match = header(exchange, "If-None-Match");
	route_parse(request, method, uri);
	return MHD_YES;
}

/* A body that is too large is read to its end all the same, so that its sender reads the answer. */
static void take_body(struct exchange *exchange, const char *at, size_t len)
{
	struct request *request = &exchange->request;

	if (request->body.len + len > BODY_MAX)
		request->body_too_large = true;
	if (request->body_too_large)
		buf_release(&request->body);
	else
		buf_add(&request->body, at, len);
}

static ssize_t source_read(void *arg, uint64_t at, char *to, size_t max)
{
	struct source *source = arg;
	ssize_t got = source->read(source, to, max);

	(void)at;
	if (got == 0)
		MHD_suspend_connection(source->connection);
	if (got == SOURCE_END)
		return MHD_CONTENT_READER_END_OF_STREAM;
	return got == SOURCE_CUT ? MHD_CONTENT_READER_END_WITH_ERROR : got;
}

static void source_free(void *arg)
{
	struct source *source = arg;

	source->free(source);
}

static void source_wake(void *connection)
{
	MHD_resume_connection(connection);
}

static bool source_gone(void *connection)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct pollfd fd = { .fd = info ? info->connect_fd : -1, .events = POLLRDHUP };

	return poll(&fd, 1, 0) > 0 && fd.revents & (POLLRDHUP | POLLHUP | POLLERR);
}

static void compress(struct request *request, struct MHD_Response **response)
{
	struct answer *answer = &request->answer;
	bool large = answer->source ? answer->source->length >= (int64_t)GZIP_FROM : answer->bytes.len >= GZIP_FROM;

	*response = NULL;
	if (!large || answer->code != 200 || !gzip_accepted(request->encoding))
		return;
	strs_add(&answer->headers, "Content-Encoding: gzip");
	strs_add(&answer->headers, "Vary: Accept-Encoding");
	if (answer->source)
		answer->source = gzip_source(answer->source);
	else
		gzip_buf(&answer->bytes);
}

static struct MHD_Response *response_of(struct exchange *exchange)
{
	struct answer *answer = &exchange->request.answer;
	struct MHD_Response *response;

	compress(&exchange->request, &response);
	if (answer->source) {
		struct source *source = steal(answer->source);

		source->connection = exchange->connection;
		return MHD_create_response_from_callback(source->length < 0 ? MHD_SIZE_UNKNOWN
			: (uint64_t)source->length, BLOCK, source_read, source, source_free);
	}
	response = MHD_create_response_from_buffer_with_free_callback(answer->bytes.len, answer->bytes.at, free);
	if (response)
		answer->bytes = (struct buf){ 0 };
	return response;
}

static void add_headers(struct MHD_Response *response, const struct answer *answer)
{
	MHD_add_response_header(response, "Cache-Control", answer->cache ? answer->cache : "no-cache, private");
	if (answer->type)
		MHD_add_response_header(response, "Content-Type", answer->type);
	for (size_t i = 0; i < answer->headers.len; i++) {
		char *colon = strstr(answer->headers.at[i], ": ");

		*colon = '\0';
		MHD_add_response_header(response, answer->headers.at[i], colon + 2);
		*colon = ':';
	}
}

static enum MHD_Result respond(struct exchange *exchange)
{
	struct MHD_Response *response = response_of(exchange);
	enum MHD_Result result;

	if (!response)
		return MHD_NO;
	add_headers(response, &exchange->request.answer);
	result = MHD_queue_response(exchange->connection, (unsigned int)exchange->request.answer.code, response);
	MHD_destroy_response(response);
	return result;
}

static int log_in(struct exchange *exchange)
{
	const union MHD_ConnectionInfo *info = !exchange->listener->tls ? NULL
		: MHD_get_connection_info(exchange->connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
	scoped_free char *authorization = header(exchange, "Authorization");

	if (login_user(exchange->listener->serve->login, info ? info->tls_session : NULL, authorization,
			&exchange->request.user))
		return 0;
	return reply_fail(&exchange->request, 401, "Unauthorized", jv_invalid(), "Unauthorized");
}

static enum MHD_Result add_group(void *arg, enum MHD_ValueKind where, const char *key, const char *value)
{
	(void)where;
	if (value && strcasecmp(key, "Impersonate-Group") == 0)
		strs_add(arg, value);
	return MHD_YES;
}

static int impersonate(struct exchange *exchange)
{
	scoped_free char *name = header(exchange, "Impersonate-User"), *uid = header(exchange, "Impersonate-Uid");
	scoped(strs) struct strs groups = {0};

	MHD_get_connection_values(exchange->connection, MHD_HEADER_KIND, add_group, &groups);
	return access_impersonate(&exchange->request, name, uid, &groups);
}

/* All of the request is here: answers it, or leaves it to the turn. */
static enum MHD_Result handle(struct exchange *exchange)
{
	struct request *request = &exchange->request;

	exchange->handled = true;
	if (request->answer.code || log_in(exchange) < 0 || impersonate(exchange) < 0)
		return respond(exchange);
	if (!route_writes(request))
		route_handle(request);
	if (request->answer.code)
		return respond(exchange);
	turn_add(&exchange->listener->serve->turn, request);
	MHD_suspend_connection(exchange->connection);
	return MHD_YES;
}

static enum MHD_Result handler(void *arg, struct MHD_Connection *connection, const char *url, const char *method,
	const char *version, const char *upload, size_t *upload_size, void **at)
{
	struct exchange *exchange = *at;

	(void)arg;
	(void)connection;
	(void)url;
	(void)version;
	if (!exchange->began)
		return begin(exchange, method);
	if (*upload_size) {
		take_body(exchange, upload, *upload_size);
		*upload_size = 0;
		return MHD_YES;
	}
	return exchange->handled ? respond(exchange) : handle(exchange);
}

static void answered(void *arg, struct request *request)
{
	struct exchange *exchange = (struct exchange *)((char *)request - offsetof(struct exchange, request));

	(void)arg;
	MHD_resume_connection(exchange->connection);
}

static void run_daemon(struct MHD_Daemon *daemon)
{
	if (daemon)
		MHD_run(daemon);
}

static void ready(void *arg, short events)
{
	struct listener *listener = arg;

	(void)events;
	run_daemon(listener->daemon);
}

static void nothing(void *arg)
{
	(void)arg;
}

static void wait_at_most(struct serve *serve, int64_t ms)
{
	if (ms < 0)
		timer_clear(serve->loop, &serve->due);
	else
		timer_set(serve->loop, &serve->due, ms);
}

static int64_t daemon_wait(struct MHD_Daemon *daemon, int64_t wait)
{
	MHD_UNSIGNED_LONG_LONG ms;

	if (!daemon || MHD_get_timeout(daemon, &ms) != MHD_YES)
		return wait;
	return wait < 0 || (int64_t)ms < wait ? (int64_t)ms : wait;
}

void serve_turn(struct serve *serve)
{
	int64_t wait;

	/* Sending the answers takes in what has come meanwhile: that is the next turn. */
	do {
		wait = turn_run(&serve->turn, serve->api->store, answered, serve);
		watches_feed(serve->api->watches);
		run_daemon(serve->local.daemon);
		run_daemon(serve->remote.daemon);
	} while (turn_is_due(&serve->turn));
	wait = watches_wait(serve->api->watches, wait);
	wait_at_most(serve, daemon_wait(serve->remote.daemon, daemon_wait(serve->local.daemon, wait)));
}

static int listen_local(const char *path, struct err *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	scoped_fd int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	mode_t mask;
	int result;

	if (strlen(path) >= sizeof address.sun_path)
		return err_set(err, ERR_FAILED, NULL, "%s: longer than a socket's path may be", path);
	memcpy(address.sun_path, path, strlen(path) + 1);
	unlink(path);
	mask = umask(0177);
	result = fd < 0 ? -1 : bind(fd, (struct sockaddr *)&address, sizeof address);
	umask(mask);
	if (result < 0 || listen(fd, SOMAXCONN) < 0)
		return err_errno(err, "%s", path);
	return steal_fd(&fd);
}

static int listen_remote(int port, struct err *err)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	scoped_fd int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int yes = 1;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) < 0 ||
			bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, SOMAXCONN) < 0)
		return err_errno(err, "listening on 127.0.0.1:%d", port);
	return steal_fd(&fd);
}

/* Takes fd. */
static int listener_start(struct listener *listener, struct serve *serve, int fd, const struct MHD_OptionItem *more,
	struct err *err)
{
	unsigned int flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | (listener->tls ? MHD_USE_TLS : 0);
	const union MHD_DaemonInfo *info;

	listener->serve = serve;
	listener->daemon = MHD_start_daemon(flags, 0, NULL, NULL, handler, listener,
		MHD_OPTION_LISTEN_SOCKET, fd,
		MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY,
		MHD_OPTION_URI_LOG_CALLBACK, exchange_new, listener,
		MHD_OPTION_NOTIFY_COMPLETED, exchange_free, listener,
		MHD_OPTION_ARRAY, more, MHD_OPTION_END);
	if (!listener->daemon) {
		close(fd);
		return err_set(err, ERR_FAILED, NULL, "the HTTP server does not start");
	}
	info = MHD_get_daemon_info(listener->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	loop_watch_fd(serve->loop, info->epoll_fd, POLLIN, ready, listener);
	return 0;
}

static int start_local(struct serve *serve, const char *path, struct err *err)
{
	const struct MHD_OptionItem none = { MHD_OPTION_END, 0, NULL };
	int fd = listen_local(path, err);

	if (fd < 0)
		return -1;
	serve->socket = mem_dup(path);
	return listener_start(&serve->local, serve, fd, &none, err);
}

static int start_remote(struct serve *serve, const struct serve_options *options, struct err *err)
{
	scoped(buf) struct buf ca = {0}, certificate = {0}, key = {0};
	int fd;

	if (login_read(options->dir, "ca.crt", &ca, err) < 0 ||
			login_read(options->dir, "server.crt", &certificate, err) < 0 ||
			login_read(options->dir, "server.key", &key, err) < 0)
		return -1;
	fd = listen_remote(options->port, err);
	if (fd < 0)
		return -1;
	const struct MHD_OptionItem tls[] = {
		{ MHD_OPTION_HTTPS_MEM_KEY, 0, key.at },
		{ MHD_OPTION_HTTPS_MEM_CERT, 0, certificate.at },
		{ MHD_OPTION_HTTPS_MEM_TRUST, 0, ca.at },
		{ MHD_OPTION_END, 0, NULL },
	};
	serve->remote.tls = true;
	return listener_start(&serve->remote, serve, fd, tls, err);
}

struct serve *serve_new(struct api *api, struct loop *loop, const struct serve_options *options, struct err *err)
{
	scoped_ptr(serve) struct serve *serve = mem_alloc(sizeof *serve);

	serve->api = api;
	serve->loop = loop;
	serve->due.fire = nothing;
	serve->login = login_new(options->dir);
	api->login = serve->login;
	watches_wake_by(api->watches, source_wake, source_gone);
	if (start_local(serve, options->socket, err) < 0)
		return NULL;
	if (options->port && start_remote(serve, options, err) < 0)
		return NULL;
	return steal(serve);
}

static void listener_stop(struct listener *listener)
{
	const union MHD_DaemonInfo *info;

	if (!listener->daemon)
		return;
	info = MHD_get_daemon_info(listener->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	loop_unwatch_fd(listener->serve->loop, info->epoll_fd);
	/* MHD does not stop while connections are held. */
	watches_end(listener->serve->api->watches);
	while (listener->serve->turn.len) {
		struct request *request = listener->serve->turn.at[0];

		turn_drop(&listener->serve->turn, request);
		answered(NULL, request);
	}
	MHD_stop_daemon(listener->daemon);
}

void serve_free(struct serve *serve)
{
	if (!serve)
		return;
	timer_clear(serve->loop, &serve->due);
	listener_stop(&serve->local);
	listener_stop(&serve->remote);
	if (serve->socket)
		unlink(serve->socket);
	turn_release(&serve->turn);
	login_free(serve->login);
	free(serve->socket);
	free(serve);
}
