#include "control/work.h"

#include <stdio.h>
#include <string.h>

#include "api/client.h"
#include "api/queue.h"
#include "api/sender.h"
#include "base/err.h"
#include "base/mem.h"
#include "formats/jvs.h"

struct work {
	struct hub *hub;
	struct queue *queue;
	char *key;
	unsigned under_way; /* and one until work_end() */
	bool failed;
};

/* One request of it. */
struct asked {
	struct work *work;
	enum hub_kind kind;
	bool deletes, creates, reads;
	void (*answered)(void *arg, jv object, const struct err *err);
	void *arg;
};

struct work *work_begin(struct hub *hub, struct queue *queue, const char *key)
{
	struct work *work = mem_alloc(sizeof *work);

	*work = (struct work){ .hub = hub, .queue = queue, .key = mem_dup(key), .under_way = 1 };
	return work;
}

static void one_less(struct work *work)
{
	if (--work->under_way)
		return;
	if (work->failed)
		queue_retry(work->queue, work->key);
	else
		queue_done(work->queue, work->key);
	free(work->key);
	free(work);
}

static bool is_failure(const struct asked *asked, const struct err *err)
{
	if ((asked->deletes || asked->reads) && err->class == ERR_NOT_FOUND)
		return false;
	return !(asked->creates && err->reason && strcmp(err->reason, "AlreadyExists") == 0);
}

/* What a write answered with: an object of the kind. One that is on its way out is learnt only while the cache has it:
 * the watch may have told of its end already. */
static bool is_to_learn(const struct asked *asked, jv object)
{
	scoped_free char *key = NULL;
	scoped(jv) jv cached = jv_null();

	if (!jvs_get_is(object, "kind", hub_facts[asked->kind].kind))
		return false;
	if (!asked->deletes)
		return !asked->reads;
	key = reflector_key(object);
	cached = hub_get(asked->work->hub, asked->kind, key);
	return hub_is_deleted(object) && hub_text_same(cached, object, "metadata.uid");
}

static void answer(void *arg, jv object, struct err *err)
{
	scoped_free struct asked *asked = arg;
	struct work *work = asked->work;

	if (!err->class && work->hub->caches[asked->kind] && is_to_learn(asked, object))
		reflector_learn(work->hub->caches[asked->kind], object);
	if (err->class && is_failure(asked, err)) {
		if (err->class != ERR_CONFLICT && err->class != ERR_UNREACHABLE)
			fprintf(stderr, "%s %s: %s\n", hub_facts[asked->kind].kind, work->key, err_text(err));
		work->failed = true;
	}
	if (asked->answered)
		asked->answered(asked->arg, object, err);
	one_less(work);
}

void work_call(struct work *work, enum hub_kind kind, struct call *call,
	void (*answered)(void *arg, jv object, const struct err *err), void *arg)
{
	struct asked *asked = mem_alloc(sizeof *asked);

	*asked = (struct asked){ .work = work,
		.kind = kind,
		.deletes = strcmp(call->method, "DELETE") == 0,
		.reads = strcmp(call->method, "GET") == 0,
		.creates = strcmp(call->method, "POST") == 0 && !call->target.subresource,
		.answered = answered,
		.arg = arg };
	call->target.group = hub_facts[kind].group;
	call->target.version = hub_facts[kind].version;
	call->target.plural = hub_facts[kind].plural;
	work->under_way++;
	sender_send(work->hub->sender, call, answer, asked);
}

void work_put(struct work *work, enum hub_kind kind, jv object, jv status,
	void (*answered)(void *arg, jv object, const struct err *err), void *arg)
{
	scoped_free char *ns = jvs_get_text(object, "metadata.namespace"),
			 *name = jvs_get_text(object, "metadata.name");
	struct call call = { .method = "PUT", .target = { .ns = ns, .name = name }, .body = jv_copy(object) };

	jvs_put(&call.body, "apiVersion", jv_string(hub_facts[kind].api_version));
	jvs_put(&call.body, "kind", jv_string(hub_facts[kind].kind));
	if (!jvs_is(status, JV_KIND_NULL)) {
		call.target.subresource = "status";
		jvs_put(&call.body, "status", jv_copy(status));
	}
	work_call(work, kind, &call, answered, arg);
}

void work_failed(struct work *work)
{
	work->failed = true;
}

void work_end(struct work *work)
{
	one_less(work);
}

const char *work_key(const struct work *work)
{
	return work->key;
}

char *key_ns(const char *key)
{
	const char *slash = strchr(key, '/');

	return slash ? mem_dup_n(key, (size_t)(slash - key)) : NULL;
}

const char *key_name(const char *key)
{
	const char *slash = strchr(key, '/');

	return slash ? slash + 1 : key;
}
