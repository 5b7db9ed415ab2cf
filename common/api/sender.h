/* sender.h: calls of client.h, so many at a time and no more: each one under way is a connection of its own. The others
 * wait their turn. */
#pragma once

#include <jv.h>
#include <stddef.h>

#include "base/scoped.h"

struct call;
struct client;
struct err;
struct sender;

struct sender *sender_new(struct client *client, size_t at_a_time);
void sender_free(struct sender *sender); /* what waits is dropped, what is under way ends unheard */
SCOPED_PTR(sender)

/* As client_start(); copies what it needs of the call, whose method, patch and accept must outlive it. */
void sender_send(
	struct sender *sender, struct call *call, void (*done)(void *arg, jv object, struct err *err), void *arg);
