#include "reach/http.h"

#include <ctype.h>
#include <curl/curl.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/strs.h"
#include "reach/credentials.h"
#include "reach/dial.h"
#include "reach/endpoint.h"
#include "reach/loop.h"

#define MAX_BODY ((size_t)256 << 20)
#define MAX_ERROR_BODY ((size_t)4 << 20)
#define MAX_HEADERS 1000
#define MAX_TRIES 10                    /* client-go's */
#define MAX_WAIT_S 3600
#define KEPT_CONNECTIONS 32L
#define KEPT_HANDLES 8
#define BUFFER_SIZE (64L * 1024)

enum state {
	STARTING,       /* its wake timer starts it (again) */
	RUNNING,        /* curl has it */
	FAILED,         /* its wake timer tells */
	OVER,           /* told, or nobody wants it: to be freed */
};

struct exchange {
	struct http *http;
	struct exchange *next, *prev;           /* of the http; next also among its over ones */
	enum state state;
	struct http_request request;            /* its strings point into texts and body */
	struct strs texts;
	struct buf body;

	CURL *easy;
	struct curl_slist *headers;
	char words[CURL_ERROR_SIZE];
	struct timer wake, quiet;
	int64_t began_ms, heard_ms;
	size_t got;                             /* bytes of the body */
	unsigned tries;
	bool renewed, paused, resume;
	bool counts, in_line;                   /* against the limit; waits for it */
	struct exchange *behind;                /* in line */

	struct http_answer answer;
	struct strs answer_headers;
	struct err err;                         /* data's, or why it could not start */
};

struct http {
	struct loop *loop;
	const struct endpoint *endpoint;
	struct dial dial;
	struct credentials *credentials;
	char *agent;
	CURLM *multi;
	struct timer turn;                      /* curl's */
	struct exchange *exchanges, *over;
	unsigned limit, counted;
	struct exchange *line, *line_end;       /* those that wait for others to end */
	CURL *kept[KEPT_HANDLES];
	unsigned kept_count;
	unsigned depth;                         /* how many of our callers are on the stack above: nothing is freed */
	bool inside;                            /* curl is one of them: its handles must stay where they are */
	bool dead;
	void (*trace)(void *arg, const char *line);
	void *trace_arg;
};

const char *http_header(const struct http_answer *answer, const char *name)
{
	size_t len = strlen(name);

	for (char **at = answer->headers; at && *at; at++)
		if (strncmp(*at, name, len) == 0 && (*at)[len] == ':')
			return *at + len + 1 + strspn(*at + len + 1, " \t");
	return NULL;
}

void http_answer_release(struct http_answer *answer)
{
	for (char **at = answer->headers; at && *at; at++)
		free(*at);
	free(answer->headers);
	free(answer->content_type);
	buf_release(&answer->body);
	*answer = (struct http_answer){ 0 };
}

/* Ending: what was told is taken off curl at once where that may be, and freed when no caller is above. */

static void detach(struct exchange *exchange)
{
	struct http *http = exchange->http;

	if (!exchange->easy)
		return;
	curl_multi_remove_handle(http->multi, exchange->easy);
	if (http->kept_count < KEPT_HANDLES) {
		curl_easy_reset(exchange->easy);
		http->kept[http->kept_count++] = exchange->easy;
	} else {
		curl_easy_cleanup(exchange->easy);
	}
	exchange->easy = NULL;
	curl_slist_free_all(exchange->headers);
	exchange->headers = NULL;
}

static void exchange_free(struct exchange *exchange)
{
	detach(exchange);
	if (exchange->request.drop)
		exchange->request.drop(exchange->request.arg);
	http_answer_release(&exchange->answer);
	strs_release(&exchange->answer_headers);
	err_release(&exchange->err);
	strs_release(&exchange->texts);
	buf_release(&exchange->body);
	free(exchange);
}

static void http_end(struct http *http)
{
	for (unsigned i = 0; i < http->kept_count; i++)
		curl_easy_cleanup(http->kept[i]);
	curl_multi_cleanup(http->multi);
	timer_clear(http->loop, &http->turn);
	credentials_free(http->credentials);
	dial_release(&http->dial);
	free(http->agent);
	free(http);
}

static void sweep(struct http *http)
{
	if (http->depth)
		return;
	while (http->over) {
		struct exchange *exchange = http->over;

		http->over = exchange->next;
		http->depth++;          /* drop may cancel others */
		exchange_free(exchange);
		http->depth--;
	}
	if (http->dead)
		http_end(http);
}

/* The limit: who begins beyond it waits in line until one of those that count ends. */

void http_limit(struct http *http, unsigned at_once)
{
	http->limit = at_once;
}

static void line_up(struct exchange *exchange)
{
	struct http *http = exchange->http;

	exchange->in_line = true;
	if (http->line_end)
		http->line_end->behind = exchange;
	else
		http->line = exchange;
	http->line_end = exchange;
}

static void leave_line(struct exchange *exchange)
{
	struct http *http = exchange->http;
	struct exchange **at = &http->line, *before = NULL;

	while (*at != exchange) {
		before = *at;
		at = &before->behind;
	}
	*at = exchange->behind;
	if (!*at)
		http->line_end = before;
	exchange->in_line = false;
	exchange->behind = NULL;
}

/* Its place is the next one's. */
static void give_place(struct exchange *exchange)
{
	struct http *http = exchange->http;
	struct exchange *next = http->line;

	exchange->counts = false;
	http->counted--;
	if (!next || http->counted >= http->limit)
		return;
	leave_line(next);
	next->counts = true;
	http->counted++;
	timer_set(http->loop, &next->wake, 0);
}

static void retire(struct exchange *exchange)
{
	struct http *http = exchange->http;

	exchange->state = OVER;
	if (exchange->in_line)
		leave_line(exchange);
	if (exchange->counts)
		give_place(exchange);
	timer_clear(http->loop, &exchange->wake);
	timer_clear(http->loop, &exchange->quiet);
	if (!http->inside)
		detach(exchange);
	if (exchange->prev)
		exchange->prev->next = exchange->next;
	else
		http->exchanges = exchange->next;
	if (exchange->next)
		exchange->next->prev = exchange->prev;
	exchange->next = http->over;
	exchange->prev = NULL;
	http->over = exchange;
}

static void trace(struct exchange *exchange, const char *failure)
{
	struct http *http = exchange->http;
	scoped_free char *line = NULL;

	if (!http->trace)
		return;
	line = mem_printf("%s %s%s %d in %" PRId64 " ms, %zu bytes%s%s", exchange->request.method,
		http->dial.shown, exchange->request.path, exchange->answer.status,
		clock_ms() - exchange->began_ms, exchange->got, failure ? ": " : "", failure ? failure : "");
	http->trace(http->trace_arg, line);
}

/* Tells the caller, who may do anything then; http may be gone afterwards unless one of our callers holds depth. */
static void finish(struct exchange *exchange)
{
	struct http *http = exchange->http;
	struct http_request *request = &exchange->request;

	trace(exchange, exchange->err.class ? err_text(&exchange->err) : NULL);
	exchange->answer.headers = exchange->answer_headers.at;
	exchange->answer_headers = (struct strs){ 0 };
	http->depth++;
	retire(exchange);
	if (request->done)
		request->done(request->arg, &exchange->answer, &exchange->err);
	http->depth--;
	sweep(http);
}

/* From curl. */

static void forget_answer(struct exchange *exchange)
{
	http_answer_release(&exchange->answer);
	strs_release(&exchange->answer_headers);
	exchange->got = 0;
}

static size_t on_header(char *at, size_t size, size_t count, void *arg)
{
	struct exchange *exchange = arg;
	size_t len = size * count, text = len;
	char *line, *colon;

	exchange->heard_ms = clock_ms();
	while (text && isspace((unsigned char)at[text - 1]))
		text--;
	if (!text)
		return len;
	if (text > 9 && memcmp(at, "HTTP/", 5) == 0) {          /* one of several: 100, a proxy's, the last */
		const char *code = memchr(at, ' ', text);

		forget_answer(exchange);
		exchange->answer.status = code ? atoi(code) : 0;
		return len;
	}
	if (exchange->answer_headers.len >= MAX_HEADERS)
		return len;
	line = mem_dup_n(at, text);
	colon = strchrnul(line, ':');
	for (char *c = line; c < colon; c++)
		*c = (char)tolower((unsigned char)*c);
	if (strncmp(line, "content-type:", 13) == 0) {
		free(exchange->answer.content_type);
		exchange->answer.content_type = mem_dup(line + 13 + strspn(line + 13, " \t"));
	}
	strs_take(&exchange->answer_headers, line);
	return len;
}

static bool is_good(const struct exchange *exchange)
{
	return exchange->answer.status / 100 == 2;
}

static int collect(struct exchange *exchange, struct slice piece)
{
	struct buf *body = &exchange->answer.body;
	size_t max = exchange->request.max_body ? exchange->request.max_body : MAX_BODY;

	if (!is_good(exchange)) {
		size_t room = body->len < MAX_ERROR_BODY ? MAX_ERROR_BODY - body->len : 0;

		buf_add(body, piece.at, piece.len < room ? piece.len : room);
		return 0;
	}
	if (piece.len > max - body->len)
		return err_set(&exchange->err, ERR_FAILED, NULL, "the answer to %s %s is over %zu MiB",
			exchange->request.method, exchange->request.path, max >> 20);
	buf_add_slice(body, piece);
	return 0;
}

static size_t on_data(char *at, size_t size, size_t count, void *arg)
{
	struct exchange *exchange = arg;
	struct slice piece = { at, size * count };

	if (exchange->state == OVER)
		return 0;
	if (exchange->paused)
		return CURL_WRITEFUNC_PAUSE;
	exchange->heard_ms = clock_ms();
	exchange->got += piece.len;
	if (!is_good(exchange) || !exchange->request.data)
		return collect(exchange, piece) < 0 ? 0 : piece.len;
	if (exchange->request.data(exchange->request.arg, piece, &exchange->err) < 0 || exchange->state == OVER)
		return 0;
	return piece.len;
}

/* A try of an exchange. */

static void headers_add(struct exchange *exchange, const char *name, const char *value)
{
	scoped_free char *line = mem_printf("%s: %s", name, value);

	exchange->headers = curl_slist_append(exchange->headers, line);
}

static void set_headers(struct exchange *exchange, const struct secret *secret)
{
	const struct http *http = exchange->http;
	const struct http_request *request = &exchange->request;

	headers_add(exchange, "Accept", request->accept);
	if (request->body.at)
		headers_add(exchange, "Content-Type", request->content_type);
	if (secret->token) {
		scoped_free char *bearer = mem_printf("Bearer %s", secret->token);

		headers_add(exchange, "Authorization", bearer);
		explicit_bzero(bearer, strlen(bearer));
	}
	for (size_t i = 0; i < http->endpoint->impersonate.len; i++)
		exchange->headers = curl_slist_append(exchange->headers, http->endpoint->impersonate.at[i]);
	for (const char *const *header = request->headers; header && *header; header++)
		exchange->headers = curl_slist_append(exchange->headers, *header);
	if (http->dial.host)
		exchange->headers = curl_slist_append(exchange->headers, http->dial.host);
	/* One round trip less. */
	exchange->headers = curl_slist_append(exchange->headers, "Expect:");
	curl_easy_setopt(exchange->easy, CURLOPT_HTTPHEADER, exchange->headers);
}

static void set_method(struct exchange *exchange)
{
	const struct http_request *request = &exchange->request;
	CURL *easy = exchange->easy;

	if (request->body.at || strcmp(request->method, "POST") == 0) {
		curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.len);
		curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body.at ? request->body.at : "");
	}
	if (strcmp(request->method, "HEAD") == 0)
		curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
	curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
}

static void set_easy(struct exchange *exchange, const struct secret *secret)
{
	struct http *http = exchange->http;
	CURL *easy = http->kept_count ? http->kept[--http->kept_count] : curl_easy_init();

	exchange->easy = easy;
	exchange->words[0] = '\0';
	dial_set(&http->dial, easy, exchange->request.path, secret);
	curl_easy_setopt(easy, CURLOPT_PRIVATE, exchange);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, exchange->words);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, http->agent);
	curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, BUFFER_SIZE);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, exchange);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_data);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, exchange);
	if (exchange->request.timeout_ms > 0)
		curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)exchange->request.timeout_ms);
	if (http->endpoint->user) {
		curl_easy_setopt(easy, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
		curl_easy_setopt(easy, CURLOPT_USERNAME, http->endpoint->user);
		curl_easy_setopt(easy, CURLOPT_PASSWORD, http->endpoint->password ? http->endpoint->password : "");
	}
	set_method(exchange);
	set_headers(exchange, secret);
}

static void fail_later(struct exchange *exchange)
{
	exchange->state = FAILED;
	timer_set(exchange->http->loop, &exchange->wake, 0);
}

static void launch(struct exchange *exchange)
{
	struct http *http = exchange->http;
	struct secret secret = { 0 };
	CURLMcode code;

	exchange->began_ms = exchange->heard_ms = clock_ms();
	if (credentials_get(http->credentials, &secret, &exchange->err) < 0) {
		fail_later(exchange);
		return;
	}
	set_easy(exchange, &secret);
	exchange->state = RUNNING;
	code = curl_multi_add_handle(http->multi, exchange->easy);
	if (code != CURLM_OK) {
		err_set(&exchange->err, ERR_FAILED, NULL, "starting a request: %s", curl_multi_strerror(code));
		detach(exchange);
		fail_later(exchange);
		return;
	}
	if (exchange->request.idle_timeout_ms > 0)
		timer_set(http->loop, &exchange->quiet, exchange->request.idle_timeout_ms);
}

static void again(struct exchange *exchange, int64_t in_ms)
{
	exchange->state = STARTING;
	forget_answer(exchange);
	timer_clear(exchange->http->loop, &exchange->quiet);
	timer_set(exchange->http->loop, &exchange->wake, in_ms);
}

/* Seconds, or the HTTP date that no API server sends; below 0 where it is not there. */
static int64_t retry_after_ms(const struct exchange *exchange)
{
	struct http_answer answer = { .headers = exchange->answer_headers.at };
	const char *value = http_header(&answer, "retry-after");
	int64_t seconds = value && isdigit((unsigned char)*value) ? strtol(value, NULL, 10) : -1;

	if (exchange->answer.status != 429 && exchange->answer.status / 100 != 5)
		return -1;
	return seconds > MAX_WAIT_S ? MAX_WAIT_S * INT64_C(1000) : seconds * 1000;
}

/* Who gives a request a time does not mean it to be asked again after that. */
static bool is_too_long(const struct exchange *exchange, int64_t wait_ms)
{
	int64_t limit = exchange->request.timeout_ms;

	return limit > 0 && wait_ms >= limit;
}

/* curl is through with it. */
static void ended(struct exchange *exchange, CURLcode code)
{
	struct http *http = exchange->http;
	int64_t wait_ms;

	if (exchange->state == OVER) {
		detach(exchange);
		return;
	}
	if (code != CURLE_OK && !exchange->err.class)
		dial_err(&http->dial, exchange->easy, code, exchange->words, &exchange->err);
	detach(exchange);
	if (exchange->err.class) {
		finish(exchange);
		return;
	}
	wait_ms = retry_after_ms(exchange);
	if (exchange->answer.status == 401 && !exchange->renewed && credentials_renew(http->credentials)) {
		exchange->renewed = true;
		again(exchange, 0);
	} else if (wait_ms >= 0 && !is_too_long(exchange, wait_ms) && ++exchange->tries <= MAX_TRIES) {
		trace(exchange, "asked to wait");
		again(exchange, wait_ms);
	} else {
		finish(exchange);
	}
}

/* Lets curl work, then tells what it ended. */
static void turn(struct http *http, curl_socket_t fd, int mask)
{
	int running, left;
	CURLMsg *message;

	if (http->inside)       /* only where data turns the loop, which it may not */
		return;
	http->depth++;
	http->inside = true;
	curl_multi_socket_action(http->multi, fd, mask, &running);
	http->inside = false;
	while (!http->dead && (message = curl_multi_info_read(http->multi, &left))) {
		char *exchange = NULL;

		if (message->msg == CURLMSG_DONE &&
			curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &exchange) == CURLE_OK && exchange)
			ended((struct exchange *)(void *)exchange, message->data.result);
	}
	http->depth--;
	sweep(http);
}

static void on_turn(void *arg)
{
	turn(arg, CURL_SOCKET_TIMEOUT, 0);
}

static int on_timer(CURLM *multi, long in_ms, void *arg)
{
	struct http *http = arg;

	(void)multi;
	if (in_ms < 0)
		timer_clear(http->loop, &http->turn);
	else
		timer_set(http->loop, &http->turn, in_ms);
	return 0;
}

/* curl's sockets. The descriptor's number comes back with its readiness in revents only, hence a note for each. */
struct plug {
	struct http *http;
	curl_socket_t fd;
};

static void on_ready(void *arg, short revents)
{
	const struct plug *plug = arg;
	int mask = 0;

	if (revents & (POLLIN | POLLHUP))
		mask |= CURL_CSELECT_IN;
	if (revents & POLLOUT)
		mask |= CURL_CSELECT_OUT;
	if (revents & POLLERR)
		mask |= CURL_CSELECT_ERR;
	turn(plug->http, plug->fd, mask);
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *socket_arg)
{
	struct http *http = arg;
	struct plug *plug = socket_arg;
	short events = 0;

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		loop_unwatch_fd(http->loop, fd);
		curl_multi_assign(http->multi, fd, NULL);
		free(plug);
		return 0;
	}
	if (!plug) {
		plug = mem_alloc(sizeof *plug);
		*plug = (struct plug){ http, fd };
		curl_multi_assign(http->multi, fd, plug);
	}
	if (what & CURL_POLL_IN)
		events |= POLLIN;
	if (what & CURL_POLL_OUT)
		events |= POLLOUT;
	loop_watch_fd(http->loop, fd, events, on_ready, plug);
	return 0;
}

static void resume(struct exchange *exchange)
{
	struct http *http = exchange->http;
	CURLcode code;

	exchange->resume = false;
	exchange->paused = false;
	exchange->heard_ms = clock_ms();
	/* curl hands over what it held back from inside this call, and tells a failure of that to nobody else. */
	http->depth++;
	http->inside = true;
	code = curl_easy_pause(exchange->easy, CURLPAUSE_CONT);
	http->inside = false;
	if (code != CURLE_OK)
		ended(exchange, code);
	http->depth--;
	sweep(http);
}

static void on_wake(void *arg)
{
	struct exchange *exchange = arg;

	if (exchange->http->inside)
		timer_set(exchange->http->loop, &exchange->wake, 0);
	else if (exchange->state == STARTING)
		launch(exchange);
	else if (exchange->state == FAILED)
		finish(exchange);
	else if (exchange->state == RUNNING && exchange->resume)
		resume(exchange);
}

static void on_quiet(void *arg)
{
	struct exchange *exchange = arg;
	struct http *http = exchange->http;
	int64_t limit = exchange->request.idle_timeout_ms, left = exchange->heard_ms + limit - clock_ms();

	if (exchange->paused || http->inside)
		left = limit;
	if (left > 0) {
		timer_set(http->loop, &exchange->quiet, left);
		return;
	}
	err_set(&exchange->err, ERR_TIMEOUT, NULL, "%s at %s said nothing for %g seconds",
		http->endpoint->noun ? http->endpoint->noun : "cluster", http->dial.shown, (double)limit / 1000);
	finish(exchange);
}

/* What others call. */

struct http *http_new(struct loop *loop, const struct endpoint *endpoint, const char *agent)
{
	struct http *http = mem_alloc(sizeof *http);

	/* Counts itself: only the first does something. */
	curl_global_init(CURL_GLOBAL_DEFAULT);
	http->loop = loop;
	http->endpoint = endpoint;
	http->agent = mem_dup(agent);
	http->credentials = credentials_new(endpoint);
	http->turn = (struct timer){ .fire = on_turn, .arg = http };
	dial_init(&http->dial, endpoint);
	http->multi = curl_multi_init();
	curl_multi_setopt(http->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(http->multi, CURLMOPT_SOCKETDATA, http);
	curl_multi_setopt(http->multi, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(http->multi, CURLMOPT_TIMERDATA, http);
	curl_multi_setopt(http->multi, CURLMOPT_MAXCONNECTS, KEPT_CONNECTIONS);
	return http;
}

void http_free(struct http *http)
{
	if (!http || http->dead)
		return;
	http->depth++;
	while (http->exchanges)
		retire(http->exchanges);
	http->dead = true;
	http->depth--;
	sweep(http);
}

void http_on_trace(struct http *http, void (*trace)(void *arg, const char *line), void *arg)
{
	http->trace = trace;
	http->trace_arg = arg;
}

/* A copy that lives as long as the exchange. */
static const char *keep(struct exchange *exchange, const char *text)
{
	if (!text)
		return NULL;
	strs_add(&exchange->texts, text);
	return exchange->texts.at[exchange->texts.len - 1];
}

static void copy_request(struct exchange *exchange, const struct http_request *request)
{
	struct http_request *ours = &exchange->request;
	size_t first;

	*ours = *request;
	ours->method = keep(exchange, request->method ? request->method : "GET");
	ours->path = keep(exchange, request->path);
	ours->content_type = keep(exchange, request->content_type ? request->content_type : "application/json");
	ours->accept = keep(exchange, request->accept ? request->accept : "application/json");
	if (request->body.at) {
		buf_add_slice(&exchange->body, request->body);
		ours->body = buf_slice(&exchange->body);
	}
	first = exchange->texts.len;
	for (const char *const *header = request->headers; header && *header; header++)
		keep(exchange, *header);
	/* The list ends with NULL, so its tail is a list of headers. */
	ours->headers = (const char *const *)exchange->texts.at + first;
}

struct exchange *http_start(struct http *http, const struct http_request *request)
{
	struct exchange *exchange = mem_alloc(sizeof *exchange);

	exchange->http = http;
	exchange->wake = (struct timer){ .fire = on_wake, .arg = exchange };
	exchange->quiet = (struct timer){ .fire = on_quiet, .arg = exchange };
	copy_request(exchange, request);
	exchange->next = http->exchanges;
	if (exchange->next)
		exchange->next->prev = exchange;
	http->exchanges = exchange;
	if (http->limit && !request->data && http->counted >= http->limit) {
		line_up(exchange);
		return exchange;
	}
	exchange->counts = !request->data;
	http->counted += exchange->counts;
	if (http->inside)
		timer_set(http->loop, &exchange->wake, 0);
	else
		launch(exchange);
	return exchange;
}

void exchange_cancel(struct exchange *exchange)
{
	struct http *http;

	if (!exchange || exchange->state == OVER)
		return;
	http = exchange->http;
	retire(exchange);
	sweep(http);
}

void exchange_pause(struct exchange *exchange, bool paused)
{
	if (exchange->state == OVER)
		return;
	if (!paused) {
		exchange->resume = exchange->paused && exchange->state == RUNNING;
		if (exchange->resume)
			timer_set(exchange->http->loop, &exchange->wake, 0);
		else
			exchange->paused = false;
		return;
	}
	exchange->resume = false;
	if (!exchange->paused && exchange->state == RUNNING)
		curl_easy_pause(exchange->easy, CURLPAUSE_RECV);
	exchange->paused = true;
}

struct waiting {
	const struct http_request *request;
	struct http_answer *answer;
	struct err *err;
	bool over;
	int result;
};

static int waiting_data(void *arg, struct slice piece, struct err *err)
{
	const struct waiting *waiting = arg;

	return waiting->request->data(waiting->request->arg, piece, err);
}

static void waiting_done(void *arg, struct http_answer *answer, struct err *err)
{
	struct waiting *waiting = arg;

	waiting->over = true;
	if (err->class) {
		waiting->result = -1;
		err_move(waiting->err, err);
		return;
	}
	*waiting->answer = *answer;
	*answer = (struct http_answer){ 0 };
}

int http_do(struct http *http, const struct http_request *request, struct http_answer *answer, struct err *err)
{
	struct waiting waiting = { .request = request, .answer = answer, .err = err };
	struct http_request ours = *request;
	struct exchange *exchange;

	*answer = (struct http_answer){ 0 };
	if (http->inside)
		return err_set(err, ERR_FAILED, NULL, "asked to wait while an answer arrives");
	ours.data = request->data ? waiting_data : NULL;
	ours.done = waiting_done;
	ours.drop = NULL;
	ours.arg = &waiting;
	exchange = http_start(http, &ours);
	while (!waiting.over)
		if (loop_once(http->loop, -1, err) < 0) {
			exchange_cancel(exchange);
			return -1;
		}
	return waiting.result;
}
