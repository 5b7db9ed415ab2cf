#include "api/turn.h"

#include "api/request.h"
#include "api/route.h"
#include "api/reply.h"
#include "api/store.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"

void turn_add(struct turn *turn, struct request *request)
{
	if (turn->len == turn->cap) {
		turn->cap = turn->cap ? turn->cap * 2 : 16;
		turn->at = mem_grow(turn->at, turn->cap, sizeof *turn->at);
	}
	turn->at[turn->len++] = request;
}

void turn_drop(struct turn *turn, const struct request *request)
{
	for (size_t i = 0; i < turn->len; i++)
		if (turn->at[i] == request) {
			turn->len--;
			memmove(turn->at + i, turn->at + i + 1, (turn->len - i) * sizeof *turn->at);
			return;
		}
}

/* What was answered in the turn never happened: whoever wrote is told so. */
static void lost(struct turn *turn, const struct err *err)
{
	for (size_t i = 0; i < turn->len; i++) {
		strs_release(&turn->at[i]->answer.headers);
		reply_err(turn->at[i], err, jv_invalid());
	}
}

bool turn_is_due(const struct turn *turn)
{
	int64_t now = clock_ms();

	for (size_t i = 0; i < turn->len; i++)
		if (turn->at[i]->answer.again_ms <= now)
			return true;
	return false;
}

static void handle_all(struct turn *turn, struct store *store)
{
	scoped(err) struct err err = {0};
	int64_t now = clock_ms();

	if (!turn_is_due(turn))
		return;
	if (store_begin(store, &err) < 0) {
		lost(turn, &err);
		return;
	}
	for (size_t i = 0; i < turn->len; i++)
		if (turn->at[i]->answer.again_ms <= now)
			route_handle(turn->at[i]);
	if (store_commit(store, &err) < 0)
		lost(turn, &err);
}

int64_t turn_run(
	struct turn *turn, struct store *store, void (*answered)(void *arg, struct request *request), void *arg)
{
	int64_t next = -1, now;
	size_t kept = 0;

	handle_all(turn, store);
	now = clock_ms();
	for (size_t i = 0; i < turn->len; i++) {
		struct request *request = turn->at[i];
		int64_t wait = request->answer.again_ms > now ? request->answer.again_ms - now : 0;

		if (request->answer.code) {
			answered(arg, request);
			continue;
		}
		if (next < 0 || wait < next)
			next = wait;
		turn->at[kept++] = request;
	}
	turn->len = kept;
	return next;
}

void turn_release(struct turn *turn)
{
	free(turn->at);
	*turn = (struct turn){ 0 };
}
