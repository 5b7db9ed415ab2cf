#include "api/sender.h"

#include <stdlib.h>

#include "api/client.h"
#include "base/mem.h"
#include "reach/http.h"

/* A call that waits or is under way. */
struct letter {
	struct sender *sender;
	struct letter *next, *before;
	struct call call;
	struct exchange *exchange;      /* NULL: waits */
	void (*done)(void *arg, jv object, struct err *err);
	void *arg;
};

struct letters {
	struct letter *first, *last;
};

struct sender {
	struct client *client;
	size_t at_a_time, count;        /* count: under way */
	struct letters waiting, sent;
};

static void link_last(struct letters *letters, struct letter *letter)
{
	letter->before = letters->last;
	letter->next = NULL;
	*(letters->last ? &letters->last->next : &letters->first) = letter;
	letters->last = letter;
}

static void unlink_from(struct letters *letters, struct letter *letter)
{
	*(letter->before ? &letter->before->next : &letters->first) = letter->next;
	*(letter->next ? &letter->next->before : &letters->last) = letter->before;
}

static void letter_free(struct letter *letter)
{
	const struct target *target = &letter->call.target;

	free((char *)target->ns);
	free((char *)target->name);
	free((char *)target->subresource);
	free((char *)target->query);
	free((char *)target->path);
	jv_free(letter->call.body);
	free(letter);
}

struct sender *sender_new(struct client *client, size_t at_a_time)
{
	struct sender *sender = mem_alloc(sizeof *sender);

	sender->client = client;
	sender->at_a_time = at_a_time;
	return sender;
}

void sender_free(struct sender *sender)
{
	if (!sender)
		return;
	while (sender->sent.first) {
		struct letter *letter = sender->sent.first;

		unlink_from(&sender->sent, letter);
		exchange_cancel(letter->exchange);
		letter_free(letter);
	}
	while (sender->waiting.first) {
		struct letter *letter = sender->waiting.first;

		unlink_from(&sender->waiting, letter);
		letter_free(letter);
	}
	free(sender);
}

static void send_waiting(struct sender *sender);

static void answered(void *arg, jv object, struct err *err)
{
	struct letter *letter = arg;
	struct sender *sender = letter->sender;

	unlink_from(&sender->sent, letter);
	sender->count--;
	if (letter->done)
		letter->done(letter->arg, object, err);
	letter_free(letter);
	send_waiting(sender);
}

static void send_waiting(struct sender *sender)
{
	while (sender->waiting.first && sender->count < sender->at_a_time) {
		struct letter *letter = sender->waiting.first;

		unlink_from(&sender->waiting, letter);
		link_last(&sender->sent, letter);
		sender->count++;
		letter->exchange = client_start(sender->client, &letter->call, answered, letter);
	}
}

void sender_send(
	struct sender *sender, struct call *call, void (*done)(void *arg, jv object, struct err *err), void *arg)
{
	struct letter *letter = mem_alloc(sizeof *letter);
	struct target *target = &letter->call.target;

	letter->sender = sender;
	letter->call = *call;
	letter->done = done;
	letter->arg = arg;
	call->body = jv_invalid();
	target->ns = mem_dup(target->ns);
	target->name = mem_dup(target->name);
	target->subresource = mem_dup(target->subresource);
	target->query = mem_dup(target->query);
	target->path = mem_dup(target->path);
	link_last(&sender->waiting, letter);
	send_waiting(sender);
}
