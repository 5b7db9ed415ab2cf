#include "api/inlet.h"

#include <string.h>

#include "api/client.h"
#include "api/status.h"
#include "base/mem.h"
#include "formats/jvs.h"
#include "reach/http.h"

#define HELD_MAX ((size_t)128 * 1024)

static int on_data(void *arg, struct slice piece, struct err *err)
{
	struct inlet *inlet = arg;

	(void)err;
	buf_add_slice(&inlet->arrived, piece);
	inlet->total += piece.len;
	if (inlet->arrived.len >= HELD_MAX && !inlet->paused) {
		inlet->paused = true;
		exchange_pause(inlet->exchange, true);
	}
	inlet->wake(inlet->arg);
	return 0;
}

static char *token_of(const struct buf *body)
{
	scoped(jv) jv status = jv_null();

	return jvs_parse(buf_slice(body), &status, NULL) == 0 ? jvs_get_text(status, "metadata.continue") : NULL;
}

static void on_done(void *arg, struct http_answer *answer, struct err *err)
{
	struct inlet *inlet = arg;

	inlet->exchange = NULL;
	inlet->ended = true;
	if (err->class) {
		err_move(&inlet->err, err);
	} else if (answer->status / 100 != 2) {
		status_to_err(answer->status, buf_slice(&answer->body), inlet->what, &inlet->err);
		inlet->continue_token = token_of(&answer->body);
	} else {
		client_tell_warnings(inlet->client, answer);
	}
	inlet->wake(inlet->arg);
}

void inlet_ask(struct inlet *inlet, struct client *client, const char *path, int64_t idle_ms, void (*wake)(void *arg),
	void *arg)
{
	struct http_request request = { .path = path, .idle_timeout_ms = idle_ms, .data = on_data, .done = on_done,
		.arg = inlet };

	inlet_release(inlet);
	inlet->client = client;
	inlet->what = mem_printf("GET %.*s", (int)strcspn(path, "?"), path);
	inlet->wake = wake;
	inlet->arg = arg;
	inlet->exchange = http_start(client_http(client), &request);
}

bool inlet_take(struct inlet *inlet, struct slice *bytes)
{
	struct buf read = inlet->reading;

	if (!inlet->arrived.len)
		return false;
	inlet->reading = inlet->arrived;
	inlet->arrived = read;
	buf_clear(&inlet->arrived);
	if (inlet->paused && inlet->exchange) {
		inlet->paused = false;
		exchange_pause(inlet->exchange, false);
	}
	*bytes = buf_slice(&inlet->reading);
	return true;
}

void inlet_release(struct inlet *inlet)
{
	exchange_cancel(inlet->exchange);
	buf_release(&inlet->arrived);
	buf_release(&inlet->reading);
	err_release(&inlet->err);
	free(inlet->continue_token);
	free(inlet->what);
	*inlet = (struct inlet){ 0 };
}
