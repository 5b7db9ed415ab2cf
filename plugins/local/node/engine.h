/* engine.h: the Docker Engine API over a Unix socket (Docker, Podman), as the parts of driver_engine.c share it.
 * Source: docs.docker.com/reference/api/engine; what Podman does otherwise was tried with 4.3. */
#pragma once

#include <jv.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/map.h"
#include "base/strs.h"
#include "formats/lines.h"
#include "node/driver.h"
#include "reach/endpoint.h"
#include "reach/loop.h"

struct http;
struct http_request;
struct exchange;

/* Labels of everything that is ours in an engine. Those of Kubernetes are set as its kubelet sets them. */
#define LABEL_CLUSTER "io.podline.cluster"
#define LABEL_NODE "io.podline.node"
#define LABEL_ATTEMPT "io.podline.attempt"
#define LABEL_HASH "io.podline.hash"
#define LABEL_SANDBOX "io.podline.sandbox"
#define LABEL_POD "io.kubernetes.pod.name"
#define LABEL_NS "io.kubernetes.pod.namespace"
#define LABEL_UID "io.kubernetes.pod.uid"
#define LABEL_CONTAINER "io.kubernetes.container.name"
#define SANDBOX_NAME "POD"      /* a sandbox's value of LABEL_CONTAINER */

/* An engine that answers. All-zero is none. */
struct engine_at {
	char *socket;
	char *name, *version;           /* "podman", "4.3.1" */
	char *prefix;                   /* of paths: "/v1.41" */
	bool is_podman;
	bool no_cgroups;                /* it runs without: nothing can be limited */
	bool is_private;                /* started by and for this node; pid is its process */
	pid_t pid;
	struct strs notes;              /* what was fallen back to, and what is missing */
};
void engine_at_release(struct engine_at *at);

/* A request under way, so that all of them can be ended when the engine is gone. */
struct engine_request {
	struct engine_request *next, *prev;
	struct engine *engine;
	struct exchange *exchange;
	void (*fail)(struct engine_request *request, struct err *err);
};

struct engine {
	struct runtime runtime;
	struct runtime_setup setup;
	struct engine_at at;
	struct endpoint endpoint;
	struct http *http;
	char *network;
	bool has_memory, has_quota, has_shares; /* what its cgroups can limit */

	struct timer bring_up, relist, image_timer;
	unsigned failures;              /* to bring it up, in a row */
	bool searching, closed;

	struct engine_request *requests;
	struct exchange *events;
	struct lines event_lines;
	unsigned to_learn;              /* answers that it waits for before it is up */
	bool learning;
	struct map asked;               /* by id: struct question, boxes that are being asked about */
	struct map sentries;            /* by id: struct sentry, processes that are watched */
	jv images;                      /* for node status */
};

/* One request. done: status and body of the answer as JSON (null: none), or err; both lent. Statuses from 400 on are an
 * err: 404 is ERR_NOT_FOUND, 409 ERR_CONFLICT. */
typedef void engine_answer(void *arg, jv body, struct err *err);
void engine_ask(struct engine *engine, const char *method, const char *path, jv body, engine_answer *done, void *arg);

/* The same without a loop that runs: waits for the answer. body's kind null: none. 0 or -1. */
int engine_call(struct http *http, const struct engine_at *at, const char *method, const char *path, jv body,
	int64_t timeout_ms, jv *answer, struct err *err);

/* err from an answer's status and body. Always -1. */
int engine_error(int status, struct slice body, struct err *err);

/* Notes that it begins; and, before it is told, that it has ended. */
void engine_request_begin(struct engine *engine, struct engine_request *request, const struct http_request *what);
void engine_request_end(struct engine_request *request);

/* It does not answer any more: what is under way fails, and it is looked for anew. */
void engine_lost(struct engine *engine, const char *why);

/* Appends an escaped query parameter or path part. */
void engine_escape(struct buf *to, const char *text);

/* A path below at->prefix, with filters={"label":[…]} of cluster and node (NULL: any). The caller frees. */
char *engine_filtered(const char *path, const char *cluster, const char *node);

/* engine_body.c: what is sent to create; owned. */
jv engine_sandbox_body(const struct engine *engine, const struct sandbox_spec *spec);
jv engine_container_body(const struct engine *engine, const struct container_spec *spec);
char *engine_box_name(jv pod, const char *container, unsigned attempt);        /* the caller frees */

/* engine_watch.c: keeps the world true. */
void engine_watch_start(struct engine *engine);
void engine_watch_stop(struct engine *engine);
void engine_refresh(struct engine *engine, const char *id);
void engine_learn(struct engine *engine, const char *id, runtime_done *done, void *arg); /* and tells when it did */

/* A box from what the engine tells of a container; NULL: it is not ours. Owned. */
struct box *engine_box(const struct engine *engine, jv told);

/* engine_image.c: the sandbox's image, and those of containers. */
extern const char *const engine_pause_image;
int engine_make_pause(struct http *http, const struct engine_at *at, struct err *err);  /* where it is missing */
void engine_image_find(struct runtime *runtime, const char *image, runtime_done *done, void *arg);
void engine_image_pull(struct runtime *runtime, const char *image, runtime_done *done, void *arg);
void engine_list_images(struct engine *engine);

/* engine_start.c: finds an engine that really starts containers, or starts one. Turns the loop meanwhile. 0 or -1. */
struct engine_wish {
	struct loop *loop;
	const char *socket;             /* this one and no other; NULL: whichever */
	const char *cluster, *node;
	const char *state_dir, *run_dir;
	bool untried;                   /* need not start containers: to remove what there is */
};
int engine_find(const struct engine_wish *wish, struct engine_at *at, struct err *err);
void engine_end(const struct engine_at *at);    /* ends a private one; containers go on */
void engine_end_stray(const char *socket);      /* the same for one that nobody minds any more */
bool engine_was_found(const char *state_dir);   /* one was, once */
