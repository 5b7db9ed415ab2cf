/* accounts.c: in every namespace the service account "default" and the config map by which pods trust the API.
 * Source: k8s.io/kubernetes/pkg/controller/serviceaccount, pkg/controller/certificates/rootcacertpublisher. */
#include <stdio.h>
#include <string.h>

#include "api/client.h"
#include "api/queue.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "control/controller.h"
#include "control/work.h"
#include "formats/jvs.h"

#define ACCOUNT "default"
#define MAP "kube-root-ca.crt"
#define MAX_PEM (1 << 20)
#define ABOUT                                                                                                          \
	"Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as "    \
	"the "                                                                                                         \
	"internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of "         \
	"Kubernetes clusters."

struct accounts {
	struct hub *hub;
	struct queue *queue;
	char *ca; /* PEM; NULL: there is none */
};

static void make_account(struct accounts *accounts, struct work *work)
{
	scoped_free char *key = mem_printf("%s/" ACCOUNT, work_key(work));
	scoped(jv) jv there = hub_get(accounts->hub, HUB_ACCOUNTS, key);
	struct call call = { .method = "POST", .target = { .ns = work_key(work) } };

	if (jvs_is(there, JV_KIND_OBJECT))
		return;
	call.body = jvs_object("apiVersion", jv_string("v1"), "kind", jv_string("ServiceAccount"), "metadata",
		jvs_object("name", jv_string(ACCOUNT), NULL), NULL);
	work_call(work, HUB_ACCOUNTS, &call, NULL, NULL);
}

static jv data(const struct accounts *accounts)
{
	return jvs_object("ca.crt", jv_string(accounts->ca), NULL);
}

static void make_map(struct accounts *accounts, struct work *work)
{
	scoped_free char *key = mem_printf("%s/" MAP, work_key(work));
	scoped(jv) jv there = hub_get(accounts->hub, HUB_CONFIGMAPS, key), has = jvs_at(there, "data");
	scoped(jv) jv wanted = data(accounts);
	struct call call = { .method = "POST", .target = { .ns = work_key(work) } };

	if (jvs_equal(has, wanted))
		return;
	if (jvs_is(there, JV_KIND_OBJECT)) {
		call.method = "PATCH";
		call.patch = "merge";
		call.target.name = MAP;
		call.body = jvs_object("data", jv_copy(wanted), NULL);
	} else {
		call.body = jvs_object("apiVersion", jv_string("v1"), "kind", jv_string("ConfigMap"), "metadata",
			jvs_object("name", jv_string(MAP), "annotations",
				jvs_object("kubernetes.io/description", jv_string(ABOUT), NULL), NULL),
			"data", jv_copy(wanted), NULL);
	}
	work_call(work, HUB_CONFIGMAPS, &call, NULL, NULL);
}

static void sync_namespace(void *arg, const char *key)
{
	struct accounts *accounts = arg;
	struct work *work = work_begin(accounts->hub, accounts->queue, key);
	scoped(jv) jv namespace = hub_get(accounts->hub, HUB_NAMESPACES, key);

	if (jvs_is(namespace, JV_KIND_OBJECT) && !hub_is_deleted(namespace)) {
		make_account(accounts, work);
		if (accounts->ca)
			make_map(accounts, work);
	}
	work_end(work);
}

/* Of config maps and accounts only the ones that are kept here. */
static void seen(void *self, enum hub_kind kind, const char *key, jv before, jv after)
{
	struct accounts *accounts = self;
	scoped_free char *ns = key_ns(key);

	(void)before;
	(void)after;
	if (kind == HUB_NAMESPACES)
		queue_add(accounts->queue, key);
	else if (ns && strcmp(key_name(key), kind == HUB_ACCOUNTS ? ACCOUNT : MAP) == 0)
		queue_add(accounts->queue, ns);
}

static void *start(struct hub *hub)
{
	struct accounts *accounts = mem_alloc(sizeof *accounts);
	scoped_free char *path = mem_printf("%s/ca.crt", hub->state_dir);
	scoped(buf) struct buf pem = { 0 };

	accounts->hub = hub;
	accounts->queue = queue_new(hub->loop, sync_namespace, accounts);
	if (buf_read_file(&pem, path, MAX_PEM) == 0)
		accounts->ca = buf_steal(&pem);
	else
		perror(path);
	return accounts;
}

static void stop(void *self)
{
	struct accounts *accounts = self;

	queue_free(accounts->queue);
	free(accounts->ca);
	free(accounts);
}

const struct controller accounts_controller = { .name = "accounts",
	.needs = HUB_HAS(HUB_NAMESPACES) | HUB_HAS(HUB_ACCOUNTS) | HUB_HAS(HUB_CONFIGMAPS),
	.start = start,
	.stop = stop,
	.seen = seen };
