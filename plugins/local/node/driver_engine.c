/* driver_engine: containers through the Docker Engine API over a Unix socket: Docker and Podman. */
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "formats/jvs.h"
#include "node/engine.h"
#include "reach/http.h"
#include "roles.h"

#define CALL_MS 120000          /* an engine that does not answer for so long is not there */
#define SEARCH_MS 500           /* after a search that failed; doubled up to … */
#define SEARCH_MOST_MS 30000
#define PODS_MOST 250           /* a network's addresses */

static struct engine *engine_of(struct runtime *runtime)
{
	return (struct engine *)runtime;
}

/* Requests. */

void engine_escape(struct buf *to, const char *text)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

	for (; *text; text++)
		if (strchr(plain, *text))
			buf_add_char(to, *text);
		else
			buf_printf(to, "%%%02X", (unsigned char)*text);
}

char *engine_filtered(const char *path, const char *cluster, const char *node)
{
	scoped_free char *cluster_label = mem_printf(LABEL_CLUSTER "=%s", cluster);
	scoped_free char *node_label = node ? mem_printf(LABEL_NODE "=%s", node) : NULL;
	scoped(jv) jv labels = jv_array_append(jv_array(), jv_string(cluster_label)), filters = jv_null();
	scoped(buf) struct buf text = { 0 };
	struct buf whole = { 0 };

	if (node_label)
		labels = jv_array_append(labels, jv_string(node_label));
	filters = jvs_object("label", jv_copy(labels), NULL);
	jvs_print(filters, &text);
	buf_printf(&whole, "%s%cfilters=", path, strchr(path, '?') ? '&' : '?');
	engine_escape(&whole, text.at);
	return buf_steal(&whole);
}

int engine_error(int status, struct slice body, struct err *err)
{
	enum err_class class = status == 404 ? ERR_NOT_FOUND : status == 409 ? ERR_CONFLICT : ERR_FAILED;
	scoped(jv) jv told = jv_null();
	scoped_free char *message = jvs_parse(body, &told, NULL) == 0 ? jvs_get_text(told, "message") : NULL;

	err_set(err, class, NULL, "%s", message ? message : "the engine gave no reason");
	if (err)
		err->code = status;
	return -1;
}

void engine_request_begin(struct engine *engine, struct engine_request *request, const struct http_request *what)
{
	request->engine = engine;
	request->next = engine->requests;
	if (request->next)
		request->next->prev = request;
	engine->requests = request;
	request->exchange = http_start(engine->http, what);
}

void engine_request_end(struct engine_request *request)
{
	if (request->next)
		request->next->prev = request->prev;
	if (request->prev)
		request->prev->next = request->next;
	else
		request->engine->requests = request->next;
}

/* Those that begin meanwhile too. */
static void fail_requests(struct engine *engine)
{
	while (engine->requests) {
		struct engine_request *request = engine->requests;
		scoped(err) struct err err = { 0 };

		err_set(&err, ERR_UNREACHABLE, NULL, "the container engine went away");
		exchange_cancel(request->exchange);
		engine_request_end(request);
		request->fail(request, &err);
	}
}

struct asking {
	struct engine_request request;
	engine_answer *done;
	void *arg;
};

static void asked(void *arg, struct http_answer *answer, struct err *err)
{
	struct asking *asking = arg;
	scoped(jv) jv body = jv_null();
	scoped(err) struct err failure = { 0 };

	if (err && err->class)
		err_move(&failure, err);
	else if (answer->status >= 400)
		engine_error(answer->status, buf_slice(&answer->body), &failure);
	else if (answer->body.len)
		jvs_parse(buf_slice(&answer->body), &body, NULL);
	engine_request_end(&asking->request);
	if (failure.class == ERR_TIMEOUT || failure.class == ERR_UNREACHABLE)
		engine_lost(asking->request.engine,
			failure.class == ERR_TIMEOUT ? "it does not answer in time" : "it does not answer");
	asking->done(asking->arg, body, failure.class ? &failure : NULL);
	free(asking);
}

static void asked_in_vain(struct engine_request *request, struct err *err)
{
	struct asking *asking = (struct asking *)request;

	asking->done(asking->arg, jv_null(), err);
	free(asking);
}

void engine_ask(struct engine *engine, const char *method, const char *path, jv body, engine_answer *done, void *arg)
{
	scoped_free char *whole = mem_printf("%s%s", engine->at.prefix ? engine->at.prefix : "", path);
	struct asking *asking = mem_alloc(sizeof *asking);
	scoped(buf) struct buf text = { 0 };
	struct http_request request = { .method = method, .path = whole, .timeout_ms = CALL_MS, .done = asked,
		.arg = asking };

	*asking = (struct asking){ .request.fail = asked_in_vain, .done = done, .arg = arg };
	if (!jvs_is(body, JV_KIND_NULL))
		jvs_print(body, &text);
	jv_free(body);
	request.body = buf_slice(&text);
	engine_request_begin(engine, &asking->request, &request);
}

int engine_call(struct http *http, const struct engine_at *at, const char *method, const char *path, jv body,
	int64_t timeout_ms, jv *answer, struct err *err)
{
	scoped_free char *whole = mem_printf("%s%s", at->prefix ? at->prefix : "", path);
	scoped(http_answer) struct http_answer got = { 0 };
	scoped(buf) struct buf text = { 0 };
	struct http_request request = { .method = method, .path = whole, .timeout_ms = timeout_ms };

	if (!jvs_is(body, JV_KIND_NULL))
		jvs_print(body, &text);
	jv_free(body);
	request.body = buf_slice(&text);
	if (http_do(http, &request, &got, err) < 0)
		return -1;
	if (got.status >= 400)
		return engine_error(got.status, buf_slice(&got.body), err);
	if (answer)
		return jvs_parse(buf_slice(&got.body), answer, err);
	return 0;
}

/* Coming up and going away. */

static void set_trouble(struct engine *engine, const char *words)
{
	free(engine->runtime.trouble);
	engine->runtime.trouble = mem_dup(words);
}

/* The network of the cluster's pods, made where it is missing. Podman's name server is left out: nobody asks it. */
static int make_network(struct engine *engine, struct err *err)
{
	scoped_free char *there = mem_printf("/networks/%s", engine->network);
	jv labels = jvs_object(LABEL_CLUSTER, jv_string(engine->setup.options->cluster), NULL);
	scoped(err) struct err missing = { 0 };
	static const struct engine_at bare = { 0 };
	bool podman = engine->at.is_podman;
	int made;

	if (engine_call(engine->http, &engine->at, "GET", there, jv_null(), CALL_MS, NULL, &missing) == 0) {
		jv_free(labels);
		return 0;
	}
	made = engine_call(engine->http, podman ? &bare : &engine->at, "POST",
		podman ? "/v4.0.0/libpod/networks/create" : "/networks/create",
		podman ? jvs_object("name", jv_string(engine->network), "driver", jv_string("bridge"),
					       "dns_enabled", jv_false(), "labels", labels, NULL) :
				       jvs_object("Name", jv_string(engine->network), "Driver", jv_string("bridge"),
					       "CheckDuplicate", jv_true(), "Labels", labels, NULL),
		CALL_MS, NULL, err);
	/* Another node of the cluster may have been quicker. */
	if (made < 0 && engine_call(engine->http, &engine->at, "GET", there, jv_null(), CALL_MS, NULL, NULL) < 0)
		return err_wrap(err, "making the network %s", engine->network);
	return 0;
}

static void tell_engine(struct engine *engine)
{
	jv notes = jv_array();

	for (size_t i = 0; i < engine->at.notes.len; i++)
		notes = jv_array_append(notes, jv_string(engine->at.notes.at[i]));
	if (!engine->has_memory)
		notes = jv_array_append(
			notes, jv_string("no cgroup for memory: resources.limits.memory is not enforced"));
	if (!engine->has_quota)
		notes = jv_array_append(
			notes, jv_string("no cgroup for CPU time: resources.limits.cpu is not enforced"));
	jv_free(engine->runtime.notes);
	engine->runtime.notes = notes;
	free(engine->runtime.version);
	engine->runtime.version = mem_printf("%s://%s", engine->at.name, engine->at.version);
	free(engine->runtime.socket);
	engine->runtime.socket = mem_dup(engine->at.socket);
	set_trouble(engine, NULL);
	engine->setup.turned(engine->setup.arg);
}

static void informed(void *arg, jv info, struct err *err)
{
	struct engine *engine = arg;

	if (err)
		return;
	engine->has_memory = engine->has_memory && jvs_get_bool(info, "MemoryLimit", false);
	engine->has_quota = engine->has_quota && jvs_get_bool(info, "CpuCfsQuota", false);
	engine->has_shares = engine->has_shares && jvs_get_bool(info, "CPUShares", false);
	tell_engine(engine);
}

static void search_again(struct engine *engine)
{
	int64_t wait = engine->failures ? (int64_t)SEARCH_MS << (engine->failures < 7 ? engine->failures - 1 : 6) : 0;

	engine->failures++;
	timer_set(engine->setup.loop, &engine->bring_up, wait < SEARCH_MOST_MS ? wait : SEARCH_MOST_MS);
}

static void connect_to(struct engine *engine)
{
	fail_requests(engine);
	http_free(engine->http);
	free(engine->endpoint.server);
	engine->endpoint = (struct endpoint){ .server = mem_printf("unix://%s", engine->at.socket),
		.noun = "container engine" };
	engine->http = http_new(engine->setup.loop, &engine->endpoint, "klocal");
}

static void bring_up(void *arg)
{
	struct engine *engine = arg;
	const struct node_options *options = engine->setup.options;
	struct engine_wish wish = { .loop = engine->setup.loop, .socket = engine->setup.argument,
		.cluster = options->cluster, .node = options->name, .state_dir = options->state_dir,
		.run_dir = options->run_dir };
	scoped(err) struct err err = { 0 };
	int found;

	engine->searching = true;
	engine_end(&engine->at);
	engine_at_release(&engine->at);
	found = engine_find(&wish, &engine->at, &err);
	if (found == 0) {
		connect_to(engine);
		found = make_network(engine, &err);
	}
	engine->searching = false;
	if (found < 0) {
		set_trouble(engine, err_text(&err));
		engine->setup.turned(engine->setup.arg);
		search_again(engine);
		return;
	}
	engine->failures = 0;
	engine->has_memory = engine->has_quota = engine->has_shares = !engine->at.no_cgroups;
	tell_engine(engine);
	engine_watch_start(engine);
	/* Podman takes a quarter of a second to answer that: nobody waits for it. */
	engine_ask(engine, "GET", "/info", jv_null(), informed, engine);
}

void engine_lost(struct engine *engine, const char *why)
{
	if (engine->searching || engine->closed || timer_is_set(&engine->bring_up))
		return;
	set_trouble(engine, NULL);
	engine->learning = false;
	engine->runtime.up = false;
	engine->runtime.trouble = mem_printf("the container engine at %s went away: %s", engine->at.socket, why);
	search_again(engine);
	engine_watch_stop(engine);
	fail_requests(engine);
	engine->setup.turned(engine->setup.arg);
}

static struct runtime *engine_open(const struct runtime_setup *setup, struct err *err)
{
	struct engine *engine = mem_alloc(sizeof *engine);

	(void)err;
	engine->runtime = (struct runtime){ .driver = &driver_engine, .world = setup->world, .notes = jv_array(),
		.max_pods = PODS_MOST };
	engine->setup = *setup;
	engine->images = jv_array();
	engine->network = mem_printf("podline-%s", setup->options->cluster);
	engine->bring_up = (struct timer){ .fire = bring_up, .arg = engine };
	timer_set(setup->loop, &engine->bring_up, 0);
	return &engine->runtime;
}

static void engine_close(struct runtime *runtime)
{
	struct engine *engine = engine_of(runtime);

	engine->closed = true;
	timer_clear(engine->setup.loop, &engine->bring_up);
	engine_watch_stop(engine);
	http_free(engine->http);
	engine_end(&engine->at);
	engine_at_release(&engine->at);
	lines_release(&engine->event_lines);
	map_release(&engine->asked);
	jv_free(engine->images);
	jv_free(runtime->notes);
	free(engine->endpoint.server);
	free(engine->network);
	free(runtime->version);
	free(runtime->trouble);
	free(runtime->socket);
	free(engine);
}

/* Creating. */

struct creation {
	struct engine *engine;
	char *name;                     /* of the container in the engine */
	struct box *box;                /* what it will be; its id is not known yet */
	jv body; /* of a sandbox: sent again when its image or network had to be made; else null */
	runtime_done *done;
	void *arg;
};

static void creation_over(struct creation *creation, const char *id, struct err *err)
{
	creation->done(creation->arg, id, err);
	box_free(creation->box);
	jv_free(creation->body);
	free(creation->name);
	free(creation);
}

/* One of that name was there: made by us, before we were killed or the answer was lost. */
static void adopted(void *arg, jv told, struct err *err)
{
	struct creation *creation = arg;
	struct box *box = err ? NULL : engine_box(creation->engine, told);
	scoped_free char *id = box ? mem_dup(box->id) : NULL;
	scoped(err) struct err other = { 0 };

	if (!err && !box) {
		err_set(&other, ERR_CONFLICT, NULL, "the name %s is used by another container", creation->name);
		err = &other;
	}
	if (box)
		world_put(creation->engine->runtime.world, box);
	creation_over(creation, id, err);
}

static void created(void *arg, jv body, struct err *err);

static void create_now(struct creation *creation, jv body)
{
	scoped_free char *path = mem_printf("/containers/create?name=%s", creation->name);

	engine_ask(creation->engine, "POST", path, body, created, creation);
}

/* Somebody tidied up: the sandbox's image or the network is gone. True: they are there again. */
static bool mend(struct creation *creation)
{
	struct engine *engine = creation->engine;

	return engine_make_pause(engine->http, &engine->at, NULL) == 0 && make_network(engine, NULL) == 0;
}

static void created(void *arg, jv body, struct err *err)
{
	struct creation *creation = arg;
	scoped_free char *path = mem_printf("/containers/%s/json", creation->name), *id = jvs_get_text(body, "Id");

	/* Podman 4.3 tells it as a 500. */
	if (err && (err->class == ERR_CONFLICT || strstr(err_text(err), "already in use"))) {
		engine_ask(creation->engine, "GET", path, jv_null(), adopted, creation);
		return;
	}
	if (err && err->code >= 400 && jvs_is(creation->body, JV_KIND_OBJECT) && mend(creation)) {
		jv again = creation->body;

		creation->body = jv_null();
		create_now(creation, again);
		return;
	}
	if (!err && id) {
		free(creation->box->id);
		creation->box->id = mem_dup(id);
		world_put(creation->engine->runtime.world, steal(creation->box));
	}
	creation_over(creation, id, err);
}

/* Takes name, body and box. */
static void create(struct engine *engine, char *name, jv body, struct box *box, runtime_done *done, void *arg)
{
	struct creation *creation = mem_alloc(sizeof *creation);

	*creation = (struct creation){ engine, name, box, box->name ? jv_null() : jv_copy(body), done, arg };
	create_now(creation, body);
}

static struct box *box_to_be(jv pod, unsigned attempt)
{
	struct box *box = box_new("");

	box->uid = jvs_get_text(pod, "metadata.uid");
	box->ns = jvs_get_text(pod, "metadata.namespace");
	box->pod = jvs_get_text(pod, "metadata.name");
	box->attempt = attempt;
	box->created_ns = clock_now_ns();
	return box;
}

static void engine_sandbox_create(
	struct runtime *runtime, const struct sandbox_spec *spec, runtime_done *done, void *arg)
{
	create(engine_of(runtime), engine_box_name(spec->pod, NULL, spec->attempt),
		engine_sandbox_body(engine_of(runtime), spec), box_to_be(spec->pod, spec->attempt), done, arg);
}

static void engine_container_create(
	struct runtime *runtime, const struct container_spec *spec, runtime_done *done, void *arg)
{
	struct box *box = box_to_be(spec->pod, spec->attempt);

	box->name = jvs_get_text(spec->container, "name");
	box->sandbox = mem_dup(spec->sandbox->id);
	box->image = mem_dup(spec->image);
	box->hash = mem_dup(spec->hash);
	create(engine_of(runtime), engine_box_name(spec->pod, box->name, spec->attempt),
		engine_container_body(engine_of(runtime), spec), box, done, arg);
}

/* What is done to one container. */

struct deed {
	struct engine *engine;
	char *id;
	bool removes;
	runtime_done *done;
	void *arg;
};

static void deed_over(void *arg, jv body, struct err *err)
{
	struct deed *deed = arg;

	(void)body;
	if (deed->removes && (!err || err->class == ERR_NOT_FOUND)) {
		world_drop(deed->engine->runtime.world, deed->id);
		err = NULL;
	}
	deed->done(deed->arg, NULL, err);
	free(deed->id);
	free(deed);
}

/* Takes path. */
static struct deed *do_deed(
	struct runtime *runtime, const char *method, char *path, const char *id, runtime_done *done, void *arg)
{
	struct deed *deed = mem_alloc(sizeof *deed);
	scoped_free char *taken = path;

	*deed = (struct deed){ engine_of(runtime), mem_dup(id), strcmp(method, "DELETE") == 0, done, arg };
	engine_ask(deed->engine, method, taken, jv_null(), deed_over, deed);
	return deed;
}

/* A start is over when the box says so, with its address and its process. */
struct starting {
	struct engine *engine;
	char *id;
	runtime_done *done;
	void *arg;
};

static void started(void *arg, jv body, struct err *err)
{
	struct starting *starting = arg;

	(void)body;
	if (!err)
		engine_learn(starting->engine, starting->id, starting->done, starting->arg);
	else
		starting->done(starting->arg, NULL, err);
	free(starting->id);
	free(starting);
}

static void engine_start(struct runtime *runtime, const char *id, runtime_done *done, void *arg)
{
	struct starting *starting = mem_alloc(sizeof *starting);
	scoped_free char *path = mem_printf("/containers/%s/start", id);

	*starting = (struct starting){ engine_of(runtime), mem_dup(id), done, arg };
	engine_ask(starting->engine, "POST", path, jv_null(), started, starting);
}

static void engine_kill(struct runtime *runtime, const char *id, bool force, runtime_done *done, void *arg)
{
	const struct box *box = world_box(runtime->world, id);
	const char *own = box && box->stop_signal && *box->stop_signal ? box->stop_signal : "SIGTERM";

	do_deed(runtime, "POST", mem_printf("/containers/%s/kill?signal=%s", id, force ? "SIGKILL" : own), id, done,
		arg);
}

static void engine_remove(struct runtime *runtime, const char *id, runtime_done *done, void *arg)
{
	do_deed(runtime, "DELETE", mem_printf("/containers/%s?force=true&v=true", id), id, done, arg);
}

static void engine_ask_anew(struct runtime *runtime, const char *id)
{
	engine_refresh(engine_of(runtime), id);
}

/* An engine forgets nothing. */
static void engine_recall(struct runtime *runtime, jv pod)
{
	(void)runtime;
	(void)pod;
}

static jv engine_images(struct runtime *runtime)
{
	return jv_copy(engine_of(runtime)->images);
}

/* Purging. */

/* Containers joined to others go first: Podman keeps a sandbox while one is. */
static int purge_containers(struct http *http, const struct engine_at *at, const char *cluster, const char *node,
	struct err *err)
{
	scoped_free char *path = engine_filtered("/containers/json?all=true", cluster, node);
	scoped(jv) jv list = jv_null();

	if (engine_call(http, at, "GET", path, jv_null(), CALL_MS, &list, err) < 0)
		return -1;
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < jvs_len(list); i++) {
			scoped(jv) jv container = jvs_item(list, i), labels = jvs_at(container, "Labels");
			scoped(jv) jv id = jvs_at(container, "Id"), name = jvs_at(labels, LABEL_CONTAINER);
			scoped_free char *one = mem_printf("/containers/%s?force=true&v=true", jvs_text(id));
			scoped(err) struct err failure = { 0 };

			if ((strcmp(jvs_text(name), SANDBOX_NAME) == 0) != (round == 1))
				continue;
			if (engine_call(http, at, "DELETE", one, jv_null(), CALL_MS, NULL, &failure) < 0 &&
				failure.class != ERR_NOT_FOUND) {
				err_move(err, &failure);
				return -1;
			}
		}
	}
	return 0;
}

static int purge_network(struct http *http, const struct engine_at *at, const char *cluster, struct err *err)
{
	scoped_free char *path = mem_printf("/networks/podline-%s", cluster);
	scoped(err) struct err failure = { 0 };

	if (engine_call(http, at, "DELETE", path, jv_null(), CALL_MS, NULL, &failure) < 0 &&
		failure.class != ERR_NOT_FOUND) {
		err_move(err, &failure);
		return -1;
	}
	return 0;
}

/* Private engines of nodes that were killed. */
static void end_strays(const struct node_options *options)
{
	scoped_free char *pattern = mem_printf("%s/nodes/*/engine.sock", options->run_dir);
	glob_t found = { 0 };

	if (!options->name && glob(pattern, 0, NULL, &found) == 0)
		for (size_t i = 0; i < found.gl_pathc; i++)
			engine_end_stray(found.gl_pathv[i]);
	globfree(&found);
}

/* What one node found, or a cluster's node in dir. */
static int purge_one(const struct node_options *options, const char *argument, const char *dir, struct err *err)
{
	scoped_ptr(loop) struct loop *loop = loop_new();
	struct engine_wish wish = { .loop = loop,
		.socket = argument,
		.cluster = options->cluster,
		.node = options->name,
		.state_dir = dir,
		.run_dir = options->run_dir,
		.untried = true };
	scoped(engine_at) struct engine_at at = { 0 };
	scoped_ptr(http) struct http *http = NULL;
	scoped(endpoint) struct endpoint endpoint = { 0 };
	int purged;

	/* Where none was ever found there is nothing. */
	if (!engine_was_found(dir))
		return 0;
	if (engine_find(&wish, &at, err) < 0)
		return -1;
	endpoint.server = mem_printf("unix://%s", at.socket);
	http = http_new(loop, &endpoint, "klocal");
	purged = purge_containers(http, &at, options->cluster, options->name, err);
	if (purged == 0 && !options->name)
		purged = purge_network(http, &at, options->cluster, err);
	engine_end(&at);
	return purged;
}

static int engine_purge(const struct node_options *options, const char *argument, struct err *err)
{
	scoped_free char *pattern = mem_printf("%s/nodes/*", options->state_dir);
	int purged = purge_one(options, argument, options->state_dir, err);
	glob_t dirs = { 0 };

	end_strays(options);
	if (!options->name && glob(pattern, 0, NULL, &dirs) == 0)
		for (size_t i = 0; purged == 0 && i < dirs.gl_pathc; i++)
			purged = purge_one(options, argument, dirs.gl_pathv[i], err);
	globfree(&dirs);
	return purged;
}

const struct driver driver_engine = {
	.name = "engine",
	.open = engine_open,
	.close = engine_close,
	.recall = engine_recall,
	.sandbox_create = engine_sandbox_create,
	.container_create = engine_container_create,
	.start = engine_start,
	.kill = engine_kill,
	.remove = engine_remove,
	.refresh = engine_ask_anew,
	.image_find = engine_image_find,
	.image_pull = engine_image_pull,
	.images = engine_images,
	.purge = engine_purge,
};
