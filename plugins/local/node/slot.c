#include "node/slot.h"

#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "formats/jvs.h"
#include "node/agent.h"
#include "node/image.h"
#include "node/pod.h"
#include "node/podfiles.h"
#include "node/spec.h"
#include "node/status.h"
#include "node/unsupported.h"
#include "roles.h"

#define RETRY_MS 10000          /* until a creation that failed is tried again */
#define AWAY_MS 1000            /* until something is tried again that a runtime which went away did not do */
#define SHOWN_MS 1000           /* an end is shown as such before it is shown as a wait */

void slot_set_reason(struct slot *slot, const char *reason, const char *message)
{
	if (reason && slot->reason && strcmp(reason, slot->reason) == 0 && message && slot->message &&
		strcmp(message, slot->message) == 0)
		return;
	free(slot->reason);
	free(slot->message);
	slot->reason = mem_dup(reason);
	slot->message = mem_dup(message);
	slot->told = false;
}

struct slot_view slot_look(const struct slot *slot)
{
	struct slot_view view = { .box = slot_box(slot, 0) };
	scoped(jv) jv old = jv_null();

	if (view.box) {
		view.state = view.box->state == BOX_RUNNING ? SLOT_RUNS :
			     view.box->state == BOX_EXITED  ? SLOT_ENDED :
							      SLOT_WAITS;
		view.exit_code = view.box->exit_code;
		return view;
	}
	old = status_of_container(slot->pod->status, slot->name, slot->init);
	if (status_was_there(old)) {
		view.state = SLOT_LOST;
		view.exit_code = (int)jvs_get_int(old, "state.terminated.exitCode", 137);
	}
	return view;
}

static bool wants_restart(const struct slot *slot, int exit_code)
{
	jv pod = slot->pod->object;

	if (jvs_get_is(pod, "spec.restartPolicy", "Never"))
		return false;
	if (jvs_get_is(pod, "spec.restartPolicy", "OnFailure") || slot->init)
		return exit_code != 0;
	return true;
}

bool slot_is_done(const struct slot *slot, const struct slot_view *view)
{
	return (view->state == SLOT_ENDED || view->state == SLOT_LOST) && !wants_restart(slot, view->exit_code);
}

static unsigned next_attempt(const struct slot *slot, const struct slot_view *view)
{
	scoped(jv) jv old = jv_null();

	if (view->box)
		return view->box->attempt + 1;
	if (view->state == SLOT_NEVER)
		return 0;
	old = status_of_container(slot->pod->status, slot->name, slot->init);
	return (unsigned)jvs_get_int(old, "restartCount", 0) + 1;
}

/* clock_ms() of its end. */
static int64_t ended_ms(const struct slot_view *view)
{
	int64_t ago = view->box ? (clock_now_ns() - view->box->finished_ns) / 1000000 : 0;

	return clock_ms() - (ago > 0 ? ago : 0);
}

/* A runtime that went away is not the container's failure: it is tried again when it is back. */
static bool is_away(struct slot *slot, const struct err *err)
{
	if (err->class != ERR_UNREACHABLE && err->class != ERR_TIMEOUT)
		return false;
	slot->retry_ms = clock_ms() + AWAY_MS;
	return true;
}

static void fail(struct slot *slot, const char *reason, const char *message)
{
	slot_set_reason(slot, reason, message);
	slot->retry_ms = clock_ms() + RETRY_MS;
	free(slot->image);
	slot->image = NULL;
	pod_tell(slot->pod, slot, "Warning", "Failed", "Error: %s", message);
}

/* The image. */

static char *image_name(const struct slot *slot)
{
	scoped(jv) jv container = slot_container(slot);

	return jvs_get_text(container, "image") ?: mem_dup("");
}

static bool pull_policy_is(const struct slot *slot, const char *policy)
{
	scoped(jv) jv container = slot_container(slot);

	return jvs_get_is(container, "imagePullPolicy", policy);
}

static void pull_failed(struct slot *slot, const char *image, const struct err *err)
{
	slot->pull_failed_ms = clock_ms();
	backoff_next(&slot->pull, slot->pull_failed_ms);
	free(slot->pull_error);
	slot->pull_error = mem_dup(err_text(err));
	pod_tell(slot->pod, slot, "Warning", "Failed", "Failed to pull image \"%s\": %s", image, err_text(err));
	pod_tell(slot->pod, slot, "Warning", "Failed", "Error: ErrImagePull");
	slot_set_reason(slot, "ErrImagePull", err_text(err));
}

static void pull_over(struct pod *pod, struct slot *slot, const char *id, const char *value, struct err *err)
{
	scoped_free char *image = image_name(slot);
	double seconds = (double)(clock_ms() - slot->pull_began_ms) / 1000;

	(void)id;
	slot->step = SLOT_IDLE;
	if (err && is_away(slot, err))
		return;
	if (err) {
		pull_failed(slot, image, err);
		return;
	}
	slot->image = mem_dup(value);
	slot->pulled = true;
	slot->pull_failed_ms = 0;
	pod_tell(pod, slot, "Normal", "Pulled",
		"Successfully pulled image \"%s\" in %.3fs (%.3fs including waiting)", image, seconds, seconds);
}

static void pull(struct slot *slot)
{
	struct runtime *runtime = slot->pod->agent->runtime;
	scoped_free char *image = image_name(slot);

	slot->step = SLOT_PULLING;
	slot->pull_began_ms = clock_ms();
	pod_tell(slot->pod, slot, "Normal", "Pulling", "Pulling image \"%s\"", image);
	runtime->driver->image_pull(runtime, image, job_done, job_new(slot->pod, slot, NULL, pull_over));
}

/* The image is not there, or must be asked for anew. */
static void pull_or_wait(struct slot *slot)
{
	scoped_free char *image = image_name(slot), *message = NULL;
	int64_t now = clock_ms(), left = slot->pull_failed_ms ? backoff_left(&slot->pull, slot->pull_failed_ms) : 0;

	if (!left) {
		pull(slot);
		return;
	}
	if (now - slot->pull_failed_ms < SHOWN_MS) {
		slot->retry_ms = slot->pull_failed_ms + SHOWN_MS;
		return;
	}
	slot->retry_ms = now + left;
	message = mem_printf("Back-off pulling image \"%s\": ErrImagePull: %s", image, slot->pull_error);
	slot_set_reason(slot, "ImagePullBackOff", message);
	if (slot->told)
		return;
	slot->told = true;
	pod_tell(slot->pod, slot, "Normal", "BackOff", "Back-off pulling image \"%s\"", image);
	pod_tell(slot->pod, slot, "Warning", "Failed", "Error: ImagePullBackOff");
}

static void never_pull(struct slot *slot)
{
	scoped_free char *image = image_name(slot);
	scoped_free char *message =
		mem_printf("Container image \"%s\" is not present with pull policy of Never", image);

	slot->retry_ms = clock_ms() + RETRY_MS;
	slot_set_reason(slot, "ErrImageNeverPull", message);
	pod_tell(slot->pod, slot, "Warning", "ErrImageNeverPull", "%s", message);
	pod_tell(slot->pod, slot, "Warning", "Failed", "Error: ErrImageNeverPull");
}

static void find_over(struct pod *pod, struct slot *slot, const char *id, const char *value, struct err *err)
{
	(void)pod;
	(void)id;
	slot->step = SLOT_IDLE;
	if (err && is_away(slot, err))
		return;
	if (!err) {
		slot->image = mem_dup(value);
		slot->pulled = false;
		slot->pull_failed_ms = 0;
	} else if (err->class != ERR_NOT_FOUND) {
		slot->retry_ms = clock_ms() + RETRY_MS;
		slot_set_reason(slot, "ImageInspectError", err_text(err));
		pod_tell(slot->pod, slot, "Warning", "InspectFailed", "Failed to inspect image: %s", err_text(err));
	} else if (pull_policy_is(slot, "Never")) {
		never_pull(slot);
	} else {
		pull_or_wait(slot);
	}
}

static void find_image(struct slot *slot)
{
	struct runtime *runtime = slot->pod->agent->runtime;
	scoped_free char *image = image_name(slot), *whole = image_normalise(image);
	scoped_free char *message = NULL;

	if (!whole) {
		message = mem_printf(
			"Failed to apply default image tag \"%s\": couldn't parse image name \"%s\": invalid "
			"reference format",
			image, image);
		slot->retry_ms = clock_ms() + RETRY_MS;
		slot_set_reason(slot, "InvalidImageName", message);
		pod_tell(slot->pod, slot, "Warning", "InspectFailed", "%s", message);
		pod_tell(slot->pod, slot, "Warning", "Failed", "Error: InvalidImageName");
	} else if (pull_policy_is(slot, "Always")) {
		pull_or_wait(slot);
	} else {
		slot->step = SLOT_FINDING;
		runtime->driver->image_find(runtime, image, job_done, job_new(slot->pod, slot, NULL, find_over));
	}
}

/* Creation and start. */

static void start_over(struct pod *pod, struct slot *slot, const char *id, const char *value, struct err *err)
{
	struct box *box = world_box(&pod->agent->world, id);

	(void)value;
	slot->step = SLOT_IDLE;
	if (!err) {
		pod_tell(pod, slot, "Normal", "Started", "Container started");
		return;
	}
	if (is_away(slot, err))
		return;
	pod_tell(pod, slot, "Warning", "Failed", "Error: %s", err_text(err));
	slot_set_reason(slot, "RunContainerError", err_text(err));
	if (box && box->state == BOX_CREATED)
		world_fail(&pod->agent->world, box, 128, "StartError", err_text(err));
}

static void start(struct slot *slot, const struct box *box, const struct box *sandbox)
{
	struct pod *pod = slot->pod;
	struct runtime *runtime = pod->agent->runtime;

	/* The file was made before the sandbox had an address, perhaps. */
	if (sandbox->ip && !runtime->pretends)
		free(podfiles_hosts(pod->agent->options->state_dir, pod->object, sandbox->ip, NULL));
	slot->step = SLOT_STARTING;
	runtime->driver->start(runtime, box->id, job_done, job_new(pod, slot, box->id, start_over));
}

static void create_over(struct pod *pod, struct slot *slot, const char *id, const char *value, struct err *err)
{
	(void)id;
	(void)value;
	slot->step = SLOT_IDLE;
	if (!err)
		pod_tell(pod, slot, "Normal", "Created", "Container created");
	else if (!is_away(slot, err))
		fail(slot, "CreateContainerError", err_text(err));
}

static void create(struct slot *slot, const struct slot_view *view, const struct box *sandbox)
{
	struct pod *pod = slot->pod;
	struct runtime *runtime = pod->agent->runtime;
	struct spec_place place = { pod->agent->options->state_dir, pod->agent->host_ip, sandbox->ip };
	scoped(jv) jv container = slot_container(slot);
	scoped_free char *hash = spec_hash(container), *image = image_name(slot);
	scoped(container_spec) struct container_spec spec = { .pod = pod->object, .container = container,
		.sandbox = sandbox, .attempt = next_attempt(slot, view), .image = slot->image, .hash = hash };
	scoped(err) struct err err = { 0 };

	if (!runtime->pretends && spec_make(&place, &spec, &err) < 0) {
		fail(slot, "CreateContainerConfigError", err_text(&err));
		return;
	}
	if (!slot->pulled)
		pod_tell(pod, slot, "Normal", "Pulled",
			"Container image \"%s\" already present on machine and can be accessed by the pod", image);
	if (view->state == SLOT_ENDED)
		backoff_next(&slot->restart, ended_ms(view));
	slot->step = SLOT_CREATING;
	runtime->driver->container_create(runtime, &spec, job_done, job_new(pod, slot, NULL, create_over));
	free(slot->image);
	slot->image = NULL;
}

/* Ended again and again: it has to wait. False: it need not. */
static bool is_held_back(struct slot *slot, const struct slot_view *view)
{
	int64_t ended = view->state == SLOT_ENDED ? ended_ms(view) : 0, now = clock_ms();
	int64_t left = ended ? backoff_left(&slot->restart, ended) : 0;
	struct pod *pod = slot->pod;
	scoped_free char *message = NULL, *wait = NULL;

	if (!left)
		return false;
	if (now - ended < SHOWN_MS && !slot->reason) {
		pod_wake_at(pod, ended + SHOWN_MS);
		return true;
	}
	pod_wake_at(pod, now + left);
	wait = backoff_text(&slot->restart);
	message = mem_printf("back-off %s restarting failed container=%s pod=%s_%s(%s)", wait, slot->name, pod->name,
		pod->ns, pod->uid);
	slot_set_reason(slot, "CrashLoopBackOff", message);
	if (!slot->told || slot->told_attempt != view->box->attempt) {
		slot->told = true;
		slot->told_attempt = view->box->attempt;
		pod_tell(pod, slot, "Warning", "BackOff", "Back-off restarting failed container %s in pod %s_%s(%s)",
			slot->name, pod->name, pod->ns, pod->uid);
	}
	return true;
}

/* Asks for something that this node does not do: it is not run at all, and its status names the field. */
static bool is_refused(struct slot *slot, jv container)
{
	scoped_free char *field = unsupported_find(slot->pod->object, container), *message = NULL;

	if (!field)
		return false;
	message = mem_printf("%s is not supported by this node", field);
	if (!slot->reason || !slot->message || strcmp(slot->message, message) != 0)
		fail(slot, "CreateContainerConfigError", message);
	slot->retry_ms = 0;
	return true;
}

static void run_anew(struct slot *slot, const struct slot_view *view, const struct box *sandbox)
{
	scoped(jv) jv container = slot_container(slot);

	if (is_held_back(slot, view) || is_refused(slot, container))
		return;
	if (slot->retry_ms > clock_ms()) {
		pod_wake_at(slot->pod, slot->retry_ms);
		return;
	}
	if (!slot->image) {
		find_image(slot);
		if (slot->retry_ms > clock_ms())
			pod_wake_at(slot->pod, slot->retry_ms);
		return;
	}
	if (!sandbox || !slot->pod->files_ready || (spec_needs_ip(container) && sandbox->state != BOX_RUNNING))
		return;
	create(slot, view, sandbox);
}

static bool is_of(const struct box *box, const struct slot *slot, const struct box *sandbox)
{
	scoped(jv) jv container = slot_container(slot);
	scoped_free char *hash = spec_hash(container);

	return sandbox && (!box->sandbox || strcmp(box->sandbox, sandbox->id) == 0) &&
	       (!box->hash || strcmp(box->hash, hash) == 0);
}

void slot_run(struct slot *slot, struct box *sandbox)
{
	struct slot_view view = slot_look(slot);
	struct box *box = slot_box(slot, 0);

	if (slot->step != SLOT_IDLE || (box && box->busy))
		return;
	switch (view.state) {
	case SLOT_RUNS:
		if (is_of(box, slot, sandbox))
			slot_set_reason(slot, NULL, NULL);
		else
			pod_end_box(slot->pod, box, "Container %s definition changed, will be restarted");
		return;
	case SLOT_WAITS:
		if (!is_of(box, slot, sandbox))
			pod_remove_box(slot->pod, box);
		else if (sandbox->state == BOX_RUNNING && slot->retry_ms <= clock_ms())
			start(slot, box, sandbox);
		else if (slot->retry_ms > clock_ms())
			pod_wake_at(slot->pod, slot->retry_ms);
		return;
	case SLOT_ENDED:
	case SLOT_LOST:
		if (!wants_restart(slot, view.exit_code))
			return;
		break;
	case SLOT_NEVER:
		break;
	}
	run_anew(slot, &view, sandbox);
}
