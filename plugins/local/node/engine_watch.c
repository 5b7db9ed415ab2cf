/* Keeps the world true: what an engine has is listed when it comes up and now and then, its events tell what changes,
 * and each container's process is watched, which is sooner than any event. Whatever told, the engine is asked how it
 * is. */
#include "node/engine.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "formats/jvs.h"
#include "reach/http.h"
#include "roles.h"

#define RELIST_MS 60000
#define ENDING_MS 10            /* a process is gone and its engine does not know yet: asked again after that … */
#define ENDING_TRIES 100        /* … so often, then events will tell */

/* A container as the engine tells it. */

static const struct {
	const char *name;
	enum box_state state;
} states[] = {
	{ "created", BOX_CREATED },
	{ "configured", BOX_CREATED },
	{ "initialized", BOX_CREATED },
	{ "running", BOX_RUNNING },
	{ "paused", BOX_RUNNING },
	{ "restarting", BOX_RUNNING },
	{ "stopping", BOX_RUNNING },
};

static enum box_state state_of(const char *name)
{
	for (size_t i = 0; i < sizeof states / sizeof *states; i++)
		if (strcmp(states[i].name, name) == 0)
			return states[i].state;
	return BOX_EXITED;
}

/* Both engines write the year 1 for "never". */
static int64_t time_at(jv told, const char *path)
{
	scoped_free char *text = jvs_get_text(told, path);
	int64_t ns = 0;

	if (!text || clock_parse(text, &ns, NULL) < 0 || ns < 0)
		return 0;
	return ns;
}

static char *label(jv labels, const char *key)
{
	scoped(jv) jv value = jvs_at(labels, key);

	return jvs_is(value, JV_KIND_STRING) ? mem_dup(jv_string_value(value)) : NULL;
}

static bool is_ours(const struct engine *engine, jv labels)
{
	scoped_free char *cluster = label(labels, LABEL_CLUSTER), *node = label(labels, LABEL_NODE);
	scoped_free char *uid = label(labels, LABEL_UID);

	return cluster && node && uid && strcmp(cluster, engine->setup.options->cluster) == 0 &&
	       strcmp(node, engine->setup.options->name) == 0;
}

static char *address(jv told)
{
	scoped(jv) jv networks = jvs_get(told, "NetworkSettings.Networks");
	char *ip = NULL;

	if (!jvs_is(networks, JV_KIND_OBJECT))
		return NULL;
	jv_object_foreach(networks, name, network) {
		scoped_free char *text = jvs_get_text(network, "IPAddress");

		jv_free(name);
		jv_free(network);
		if (!ip && text && *text)
			ip = steal(text);
	}
	return ip;
}

static void fill_state(struct box *box, jv told)
{
	scoped_free char *state = jvs_get_text(told, "State.Status");

	box->state = state_of(state ? state : "");
	box->created_ns = time_at(told, "Created");
	box->started_ns = time_at(told, "State.StartedAt");
	box->pid = (pid_t)jvs_get_int(told, "State.Pid", 0);
	if (box->state != BOX_EXITED)
		return;
	box->finished_ns = time_at(told, "State.FinishedAt");
	box->exit_code = (int)jvs_get_int(told, "State.ExitCode", 0);
	if (jvs_get_bool(told, "State.OOMKilled", false))
		box->reason = mem_dup("OOMKilled");
}

struct box *engine_box(const struct engine *engine, jv told)
{
	scoped(jv) jv labels = jvs_get(told, "Config.Labels"), id = jvs_at(told, "Id");
	scoped_free char *attempt = label(labels, LABEL_ATTEMPT);
	struct box *box;

	if (!is_ours(engine, labels) || !*jvs_text(id))
		return NULL;
	box = box_new(jvs_text(id));
	box->uid = label(labels, LABEL_UID);
	box->ns = label(labels, LABEL_NS);
	box->pod = label(labels, LABEL_POD);
	box->name = label(labels, LABEL_CONTAINER);
	box->attempt = attempt ? (unsigned)strtoul(attempt, NULL, 10) : 0;
	box->sandbox = label(labels, LABEL_SANDBOX);
	box->hash = label(labels, LABEL_HASH);
	box->image = jvs_get_text(told, "Config.Image");
	box->image_id = jvs_get_text(told, "Image");
	box->stop_signal = jvs_get_text(told, "Config.StopSignal");
	box->log_path = jvs_get_text(told, "LogPath");
	if (box->name && strcmp(box->name, SANDBOX_NAME) == 0) {
		free(box->name);
		box->name = NULL;
		box->ip = address(told);
	}
	fill_state(box, told);
	return box;
}

/* Processes. */

struct sentry {
	struct engine *engine;
	char *id;
	pid_t pid;
	int fd;                         /* a pidfd; -1: it has ended */
	unsigned tries;
	struct timer again;
};

static void sentry_ask(void *arg)
{
	struct sentry *sentry = arg;

	engine_refresh(sentry->engine, sentry->id);
}

static void sentry_free(struct sentry *sentry)
{
	timer_clear(sentry->engine->setup.loop, &sentry->again);
	if (sentry->fd >= 0) {
		loop_unwatch_fd(sentry->engine->setup.loop, sentry->fd);
		close(sentry->fd);
	}
	free(sentry->id);
	free(sentry);
}

static void process_ended(void *arg, short revents)
{
	struct sentry *sentry = arg;

	(void)revents;
	loop_unwatch_fd(sentry->engine->setup.loop, sentry->fd);
	close(sentry->fd);
	sentry->fd = -1;
	engine_refresh(sentry->engine, sentry->id);
}

static void unwatch_process(struct engine *engine, const char *id)
{
	struct sentry *sentry = map_remove(&engine->sentries, id);

	if (sentry)
		sentry_free(sentry);
}

/* The process may be another machine's, or another one by now: it is a hint to ask, no more. */
static void watch_process(struct engine *engine, const struct box *box)
{
	struct sentry *sentry = map_get(&engine->sentries, box->id);
	int fd;

	if (sentry && sentry->pid == box->pid) {
		if (sentry->fd < 0 && sentry->tries++ < ENDING_TRIES)
			timer_set(engine->setup.loop, &sentry->again, ENDING_MS);
		return;
	}
	unwatch_process(engine, box->id);
	fd = box->pid > 0 ? (int)syscall(SYS_pidfd_open, box->pid, 0) : -1;
	if (fd < 0)
		return;
	sentry = mem_alloc(sizeof *sentry);
	*sentry = (struct sentry){ .engine = engine, .id = mem_dup(box->id), .pid = box->pid, .fd = fd };
	sentry->again = (struct timer){ .fire = sentry_ask, .arg = sentry };
	map_set(&engine->sentries, box->id, sentry);
	loop_watch_fd(engine->setup.loop, fd, POLLIN, process_ended, sentry);
}

/* Asking about one container: one question at a time, so that no older answer comes after a newer one. */

struct waiter {
	struct waiter *next;
	runtime_done *done;
	void *arg;
};

struct question {
	struct waiter *waiters;         /* told when it is answered */
	struct engine *engine;
	char *id;
	bool again;                     /* something was told since it was asked */
	bool learning;                  /* one of those that it must know before it is up */
};

static void ask(struct question *question);

static void learned_one(struct engine *engine)
{
	if (!engine->to_learn || --engine->to_learn || !engine->learning)
		return;
	engine->learning = false;
	engine->runtime.up = true;
	engine->setup.turned(engine->setup.arg);
}

static void take(struct engine *engine, const char *id, jv told)
{
	struct box *box = engine_box(engine, told);

	if (!box)
		return;
	if (box->state == BOX_RUNNING)
		watch_process(engine, box);
	else
		unwatch_process(engine, id);
	world_put(engine->runtime.world, box);
}

static void tell_waiters(struct question *question, struct err *err)
{
	while (question->waiters) {
		struct waiter *waiter = question->waiters;

		question->waiters = waiter->next;
		waiter->done(waiter->arg, NULL, err);
		free(waiter);
	}
}

static void answered(void *arg, jv told, struct err *err)
{
	struct question *question = arg;
	struct engine *engine = question->engine;

	if (question->again && (!err || err->class == ERR_NOT_FOUND)) {
		question->again = false;
		ask(question);
		return;
	}
	map_remove(&engine->asked, question->id);
	if (err && err->class == ERR_NOT_FOUND) {
		unwatch_process(engine, question->id);
		world_drop(engine->runtime.world, question->id);
	} else if (!err) {
		take(engine, question->id, told);
	}
	if (question->learning)
		learned_one(engine);
	tell_waiters(question, err);
	free(question->id);
	free(question);
}

static void ask(struct question *question)
{
	scoped_free char *path = mem_printf("/containers/%s/json", question->id);

	engine_ask(question->engine, "GET", path, jv_null(), answered, question);
}

/* waiter (taken) may be NULL. */
static void refresh(struct engine *engine, const char *id, bool learning, struct waiter *waiter)
{
	struct question *question = map_get(&engine->asked, id);

	if (question) {
		question->again = true;
		if (waiter)
			waiter->next = question->waiters;
		question->waiters = waiter ? waiter : question->waiters;
		return;
	}
	question = mem_alloc(sizeof *question);
	*question = (struct question){ .engine = engine, .id = mem_dup(id), .learning = learning, .waiters = waiter };
	map_set(&engine->asked, id, question);
	if (learning)
		engine->to_learn++;
	ask(question);
}

void engine_refresh(struct engine *engine, const char *id)
{
	refresh(engine, id, false, NULL);
}

void engine_learn(struct engine *engine, const char *id, runtime_done *done, void *arg)
{
	struct waiter *waiter = mem_alloc(sizeof *waiter);

	*waiter = (struct waiter){ NULL, done, arg };
	refresh(engine, id, false, waiter);
}

/* The list. */

struct listing {
	struct engine *engine;
	uint64_t told;                  /* boxes put since then need not be in it */
};

static void drop_missing(struct engine *engine, const struct map *listed, uint64_t told)
{
	scoped(strs) struct strs gone = { 0 };
	const char *id;
	void *box;

	for (size_t at = 0; map_next(&engine->runtime.world->boxes, &at, &id, &box);)
		if (((struct box *)box)->told <= told && !map_get(listed, id))
			strs_add(&gone, id);
	for (size_t i = 0; i < gone.len; i++) {
		unwatch_process(engine, gone.at[i]);
		world_drop(engine->runtime.world, gone.at[i]);
	}
}

static bool is_known(const struct engine *engine, const char *id, jv told)
{
	const struct box *box = world_box(engine->runtime.world, id);
	scoped(jv) jv state = jvs_at(told, "State");

	return box && (box->failed || box->state == state_of(jvs_text(state)));
}

static void listed(void *arg, jv list, struct err *err)
{
	struct listing *listing = arg;
	struct engine *engine = listing->engine;
	scoped(map) struct map there = { 0 };

	timer_set(engine->setup.loop, &engine->relist, RELIST_MS);
	for (int i = 0; !err && i < jvs_len(list); i++) {
		scoped(jv) jv told = jvs_item(list, i), id = jvs_at(told, "Id");

		map_set(&there, jvs_text(id), engine);
		if (engine->learning || !is_known(engine, jvs_text(id), told))
			refresh(engine, jvs_text(id), engine->learning, NULL);
	}
	if (!err)
		drop_missing(engine, &there, listing->told);
	if (engine->learning)
		learned_one(engine);    /* the list itself */
	free(listing);
}

static void relist(void *arg)
{
	struct engine *engine = arg;
	const struct node_options *options = engine->setup.options;
	scoped_free char *path = engine_filtered("/containers/json?all=true", options->cluster, options->name);
	struct listing *listing = mem_alloc(sizeof *listing);

	*listing = (struct listing){ .engine = engine, .told = engine->runtime.world->told };
	engine_ask(engine, "GET", path, jv_null(), listed, listing);
}

/* Events. */

static void take_event(struct engine *engine, jv event)
{
	scoped(jv) jv labels = jvs_get(event, "Actor.Attributes"), id = jvs_get(event, "Actor.ID");

	if (jvs_get_is(event, "Type", "image")) {
		if (!timer_is_set(&engine->image_timer))
			timer_set(engine->setup.loop, &engine->image_timer, ENDING_MS);
	} else if (world_box(engine->runtime.world, jvs_text(id)) || is_ours(engine, labels)) {
		/* What is created is known from the answer to who created it. */
		if (!jvs_get_is(event, "Action", "create") && !jvs_get_is(event, "Action", "init"))
			engine_refresh(engine, jvs_text(id));
	}
}

static int event_data(void *arg, struct slice piece, struct err *err)
{
	struct engine *engine = arg;
	struct slice line;
	int more;

	lines_feed(&engine->event_lines, piece.at, piece.len);
	while ((more = lines_next(&engine->event_lines, &line, err)) > 0) {
		scoped(jv) jv event = jv_null();

		if (jvs_parse(line, &event, err) < 0)
			return -1;
		take_event(engine, event);
	}
	return more;
}

static void events_ended(void *arg, struct http_answer *answer, struct err *err)
{
	struct engine *engine = arg;

	(void)answer;
	(void)err;
	engine->events = NULL;
	engine_lost(engine, "its events ended");
}

static void images_changed(void *arg)
{
	engine_list_images(arg);
}

void engine_watch_start(struct engine *engine)
{
	scoped_free char *path =
		mem_printf("%s/events?filters=%%7B%%22type%%22%%3A%%5B%%22container%%22%%2C%%22image%%22%%5D%%7D",
			engine->at.prefix);
	struct http_request request = { .path = path, .data = event_data, .done = events_ended, .arg = engine };

	engine->relist = (struct timer){ .fire = relist, .arg = engine };
	engine->image_timer = (struct timer){ .fire = images_changed, .arg = engine };
	lines_release(&engine->event_lines);
	engine->event_lines = (struct lines){ 0 };
	engine->events = http_start(engine->http, &request);
	engine->learning = true;
	engine->to_learn = 1;
	relist(engine);
	engine_list_images(engine);
}

void engine_watch_stop(struct engine *engine)
{
	const char *id;
	void *value;

	timer_clear(engine->setup.loop, &engine->relist);
	timer_clear(engine->setup.loop, &engine->image_timer);
	exchange_cancel(engine->events);
	engine->events = NULL;
	for (size_t at = 0; map_next(&engine->sentries, &at, &id, &value);)
		sentry_free(value);
	map_release(&engine->sentries);
}
