/* driver_none: no containers. Pods run at once, each with an IP of its own, and every image is there. For tests of
 * scale and of everything that is not about containers; it also shows what driver.h truly needs. */
#include "node/driver.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "formats/jvs.h"

#define NO_IMAGE_ID "sha256:0000000000000000000000000000000000000000000000000000000000000000"

struct none {
	struct runtime runtime;
	uint32_t next_ip;       /* below 10.0.0.0/8 */
	uint64_t next_id;
};

static struct none *none_of(struct runtime *runtime)
{
	return (struct none *)runtime;
}

static struct runtime *none_open(const struct runtime_setup *setup, struct err *err)
{
	struct none *none = mem_alloc(sizeof *none);

	(void)err;
	none->runtime = (struct runtime){
		.driver = &driver_none,
		.world = setup->world,
		.up = true,
		.version = mem_dup("none://" PODLINE_VERSION),
		.max_pods = 100000,
		.pretends = true,
	};
	none->next_id = (uint64_t)clock_now_ns();
	setup->turned(setup->arg);
	return &none->runtime;
}

static void none_close(struct runtime *runtime)
{
	free(runtime->version);
	free(runtime);
}

static char *next_id(struct none *none)
{
	return mem_printf("%064llx", (unsigned long long)none->next_id++);
}

static char *ip_text(uint32_t number)
{
	return mem_printf("10.%u.%u.%u", 128 | (number >> 16 & 127), number >> 8 & 255, number & 255);
}

/* The next address; those that end in 0 or 255 are nobody's. */
static char *next_ip(struct none *none)
{
	do
		none->next_ip = (none->next_ip + 1) & 0x7fffff;
	while ((none->next_ip & 255) == 0 || (none->next_ip & 255) == 255);
	return ip_text(none->next_ip);
}

static struct box *box_of_pod(struct none *none, jv pod, unsigned attempt)
{
	scoped_free char *id = next_id(none);
	struct box *box = box_new(id);

	box->uid = jvs_get_text(pod, "metadata.uid");
	box->ns = jvs_get_text(pod, "metadata.namespace");
	box->pod = jvs_get_text(pod, "metadata.name");
	box->attempt = attempt;
	box->created_ns = clock_now_ns();
	return box;
}

/* A container that status tells to run, as it was made before this process began. */
static void recall_container(struct none *none, jv pod, jv status, const char *sandbox)
{
	scoped_free char *started = jvs_get_text(status, "state.running.startedAt");
	scoped_free char *id = jvs_get_text(status, "containerID");
	const char *slashes = id ? strstr(id, "://") : NULL;
	struct box *box;

	if (!started || !slashes)
		return;
	box = box_of_pod(none, pod, (unsigned)jvs_get_int(status, "restartCount", 0));
	free(box->id);
	box->id = mem_dup(slashes + 3);
	box->name = jvs_get_text(status, "name");
	box->image = jvs_get_text(status, "image");
	box->image_id = jvs_get_text(status, "imageID");
	box->sandbox = mem_dup(sandbox);
	box->state = BOX_RUNNING;
	clock_parse(started, &box->started_ns, NULL);
	world_put(none->runtime.world, box);
}

static void none_recall(struct runtime *runtime, jv pod)
{
	struct none *none = none_of(runtime);
	scoped(jv) jv statuses = jvs_get(pod, "status.containerStatuses");
	scoped_free char *ip = jvs_get_text(pod, "status.podIP");
	unsigned a, b, c;
	struct box *box;

	if (!ip || sscanf(ip, "10.%u.%u.%u", &a, &b, &c) != 3)
		return;
	if (((a & 127) << 16 | b << 8 | c) > none->next_ip)
		none->next_ip = (a & 127) << 16 | b << 8 | c;
	box = box_of_pod(none, pod, 0);
	box->ip = mem_dup(ip);
	box->state = BOX_RUNNING;
	box->started_ns = box->created_ns;
	world_put(runtime->world, box);
	for (int i = 0; i < jvs_len(statuses); i++) {
		scoped(jv) jv status = jvs_item(statuses, i);

		recall_container(none, pod, status, box->id);
	}
}

static void none_sandbox_create(
	struct runtime *runtime, const struct sandbox_spec *spec, runtime_done *done, void *arg)
{
	struct box *box = box_of_pod(none_of(runtime), spec->pod, spec->attempt);

	if (!jvs_get_bool(spec->pod, "spec.hostNetwork", false))
		box->ip = next_ip(none_of(runtime));
	world_put(runtime->world, box);
	done(arg, box->id, NULL);
}

static void none_container_create(
	struct runtime *runtime, const struct container_spec *spec, runtime_done *done, void *arg)
{
	struct box *box = box_of_pod(none_of(runtime), spec->pod, spec->attempt);

	box->name = jvs_get_text(spec->container, "name");
	box->sandbox = mem_dup(spec->sandbox->id);
	box->image = mem_dup(spec->image);
	box->image_id = mem_dup(NO_IMAGE_ID);
	box->hash = mem_dup(spec->hash);
	world_put(runtime->world, box);
	done(arg, box->id, NULL);
}

static void none_start(struct runtime *runtime, const char *id, runtime_done *done, void *arg)
{
	struct box *box = world_box(runtime->world, id);

	if (box) {
		box->state = BOX_RUNNING;
		box->started_ns = clock_now_ns();
		world_touch(runtime->world, box);
	}
	done(arg, NULL, NULL);
}

static void none_kill(struct runtime *runtime, const char *id, bool force, runtime_done *done, void *arg)
{
	struct box *box = world_box(runtime->world, id);

	if (box && box->state == BOX_RUNNING) {
		box->state = BOX_EXITED;
		box->exit_code = force ? 137 : 0;
		box->finished_ns = clock_now_ns();
		world_touch(runtime->world, box);
	}
	done(arg, NULL, NULL);
}

static void none_remove(struct runtime *runtime, const char *id, runtime_done *done, void *arg)
{
	world_drop(runtime->world, id);
	done(arg, NULL, NULL);
}

static void none_refresh(struct runtime *runtime, const char *id)
{
	(void)runtime;
	(void)id;
}

static void none_image(struct runtime *runtime, const char *image, runtime_done *done, void *arg)
{
	(void)runtime;
	done(arg, image, NULL);
}

static jv none_images(struct runtime *runtime)
{
	(void)runtime;
	return jv_array();
}

static int none_purge(const struct node_options *options, const char *argument, struct err *err)
{
	(void)options;
	(void)argument;
	(void)err;
	return 0;
}

const struct driver driver_none = {
	.name = "none",
	.open = none_open,
	.close = none_close,
	.recall = none_recall,
	.sandbox_create = none_sandbox_create,
	.container_create = none_container_create,
	.start = none_start,
	.kill = none_kill,
	.remove = none_remove,
	.refresh = none_refresh,
	.image_find = none_image,
	.image_pull = none_image,
	.images = none_images,
	.purge = none_purge,
};
