/* inlet.h: an answer's body that comes as fast as it is read: bytes are held until they are taken, and beyond a bound
 * their server has to wait. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/scoped.h"

struct client;
struct exchange;

/* Zero is empty. Must not move while it is asked. */
struct inlet {
	struct client *client;
	struct exchange *exchange;      /* NULL: not asked, or ended */
	char *what;                     /* for errors: "GET /api/v1/pods" */
	void (*wake)(void *arg);
	void *arg;
	struct buf arrived, reading;
	size_t total;                   /* bytes that came */
	bool paused;
	bool ended;                     /* nothing more will arrive; err says why where it was no whole good answer */
	struct err err;                 /* code is the HTTP status where there was one */
	char *continue_token;           /* of a Status, which may offer one (410) */
};

/* A GET of path. wake is called (from inside http: it may only set a timer) when there is something to take or it
 * ended. idle_ms: as http.h's. */
void inlet_ask(struct inlet *inlet, struct client *client, const char *path, int64_t idle_ms, void (*wake)(void *arg),
	void *arg);

/* True with the bytes that came since; lent until the next call. */
bool inlet_take(struct inlet *inlet, struct slice *bytes);
void inlet_release(struct inlet *inlet);        /* ends it where it is under way */
