#include "node/pod.h"

#include <string.h>

#include "api/client.h"
#include "api/queue.h"
#include "api/recorder.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "formats/jvs.h"
#include "node/agent.h"
#include "node/podfiles.h"
#include "node/report.h"
#include "node/slot.h"
#include "node/status.h"
#include "roles.h"

#define FORCE_AGAIN_MS 10000    /* after which a container that survived SIGKILL gets another one */
#define FILES_AGAIN_MS 2000
#define GRACE_DEFAULT_S 30

/* Making and freeing. */

static void add_slots(struct pod *pod, const char *list, bool init)
{
	scoped(jv) jv spec = jvs_at(pod->object, "spec");
	scoped(jv) jv containers = jvs_at(spec, list);
	int count = jvs_len(containers);

	pod->slots = mem_grow(pod->slots, pod->slot_count + (size_t)count, sizeof *pod->slots);
	for (int i = 0; i < count; i++) {
		scoped(jv) jv container = jvs_item(containers, i);

		pod->slots[pod->slot_count++] = (struct slot){
			.pod = pod,
			.name = jvs_get_text(container, "name") ?: mem_dup(""),
			.index = i,
			.init = init,
		};
	}
}

static void timer_fired(void *arg)
{
	pod_wake(arg);
}

struct pod *pod_new(struct agent *agent, const char *uid, jv object)
{
	struct pod *pod = mem_alloc(sizeof *pod);

	pod->agent = agent;
	pod->uid = mem_dup(uid);
	pod->ns = jvs_get_text(object, "metadata.namespace") ?: mem_dup("");
	pod->name = jvs_get_text(object, "metadata.name") ?: mem_dup("");
	pod->object = jv_copy(object);
	pod->status = jvs_at(object, "status");
	pod->sent = jv_null();
	pod->answered = jv_null();
	pod->timer = (struct timer){ .fire = timer_fired, .arg = pod };
	add_slots(pod, "initContainers", true);
	add_slots(pod, "containers", false);
	return pod;
}

void pod_free(struct pod *pod)
{
	if (!pod)
		return;
	timer_clear(pod->agent->loop, &pod->timer);
	for (size_t i = 0; i < pod->slot_count; i++) {
		struct slot *slot = &pod->slots[i];

		free(slot->name);
		free(slot->image);
		free(slot->reason);
		free(slot->message);
		free(slot->pull_error);
	}
	free(pod->slots);
	free(pod->uid);
	free(pod->ns);
	free(pod->name);
	jv_free(pod->object);
	jv_free(pod->status);
	jv_free(pod->sent);
	jv_free(pod->answered);
	free(pod);
}

void pod_set_object(struct pod *pod, jv object)
{
	jv_free(pod->object);
	pod->object = jv_copy(object);
	pod_wake(pod);
}

void pod_wake(struct pod *pod)
{
	if (pod->in_sync)
		pod->again = true;
	else
		queue_add(pod->agent->queue, pod->uid);
}

void pod_wake_at(struct pod *pod, int64_t at_ms)
{
	int64_t in_ms = at_ms > clock_ms() ? at_ms - clock_ms() : 0;

	if (!pod->wake_ms || at_ms < pod->wake_ms)
		pod->wake_ms = at_ms;
	if (!pod->in_sync && (!timer_is_set(&pod->timer) || pod->timer.due_ms > at_ms))
		timer_set(pod->agent->loop, &pod->timer, in_ms);
}

void pod_image_came(struct pod *pod)
{
	for (size_t i = 0; i < pod->slot_count; i++) {
		struct slot *slot = &pod->slots[i];

		if (slot->pull_failed_ms || (slot->reason && strcmp(slot->reason, "ErrImageNeverPull") == 0)) {
			slot->retry_ms = 0;
			pod_wake(pod);
		}
	}
}

/* What others ask about it. */

jv slot_container(const struct slot *slot)
{
	scoped(jv) jv containers =
		jvs_get(slot->pod->object, slot->init ? "spec.initContainers" : "spec.containers");

	return slot->index < jvs_len(containers) ? jvs_item(containers, slot->index) : jv_null();
}

struct box *slot_box(const struct slot *slot, unsigned back)
{
	struct box *found = NULL;

	/* Boxes of a pod are few: the newest below the one found before, as often as is asked. */
	for (int64_t below = INT64_MAX;; below = found->attempt) {
		found = NULL;
		for (struct box *box = world_pod(&slot->pod->agent->world, slot->pod->uid); box; box = box->next)
			if (box->name && strcmp(box->name, slot->name) == 0 && box->attempt < below &&
				(!found || box->attempt > found->attempt))
				found = box;
		if (!found || !back--)
			return found;
	}
}

struct box *pod_sandbox(const struct pod *pod)
{
	struct box *found = NULL;

	for (struct box *box = world_pod(&pod->agent->world, pod->uid); box; box = box->next)
		if (!box->name && box->state != BOX_EXITED && !box->kill_ms &&
			(!found || box->attempt > found->attempt))
			found = box;
	return found;
}

void pod_tell(struct pod *pod, const struct slot *slot, const char *type, const char *reason, const char *format, ...)
{
	struct about about = { .api_version = "v1", .kind = "Pod", .object = pod->object };
	scoped_free char *path = NULL, *message = NULL;
	va_list args;

	if (!jvs_is(pod->object, JV_KIND_OBJECT))
		return;
	va_start(args, format);
	message = mem_vprintf(format, args);
	va_end(args);
	if (slot)
		path = mem_printf("spec.%s{%s}", slot->init ? "initContainers" : "containers", slot->name);
	about.field_path = path;
	recorder_tell(pod->agent->recorder, &about, type, reason, "%s", message);
}

/* Calls to the runtime. */

struct job {
	struct pod *pod;
	struct slot *slot;
	char *id;
	job_over *over;
};

struct job *job_new(struct pod *pod, struct slot *slot, const char *id, job_over *over)
{
	struct job *job = mem_alloc(sizeof *job);
	struct box *box = id ? world_box(&pod->agent->world, id) : NULL;

	*job = (struct job){ .pod = pod, .slot = slot, .id = mem_dup(id), .over = over };
	if (box)
		box->busy = true;
	pod->calls++;
	return job;
}

const char *job_id(const struct job *job)
{
	return job->id;
}

void job_done(void *arg, const char *value, struct err *err)
{
	struct job *job = arg;
	struct pod *pod = job->pod;
	struct box *box = job->id ? world_box(&pod->agent->world, job->id) : NULL;

	if (box)
		box->busy = false;
	pod->calls--;
	job->over(pod, job->slot, job->id, value, err && err->class != ERR_NONE ? err : NULL);
	free(job->id);
	free(job);
	pod_wake(pod);
}

/* Ending containers. */

static int64_t grace_ms(const struct pod *pod)
{
	return 1000 * jvs_get_int(pod->object, "spec.terminationGracePeriodSeconds", GRACE_DEFAULT_S);
}

static struct slot *slot_of(struct pod *pod, const struct box *box)
{
	for (size_t i = 0; box->name && i < pod->slot_count; i++)
		if (strcmp(pod->slots[i].name, box->name) == 0)
			return &pod->slots[i];
	return NULL;
}

static void kill_over(struct pod *pod, struct slot *slot, const char *id, const char *value, struct err *err)
{
	(void)slot;
	(void)value;

	/* It was over already, or nobody knows: the runtime is asked. */
	if (err)
		pod->agent->runtime->driver->refresh(pod->agent->runtime, id);
}

static void kill_box(struct pod *pod, struct box *box, bool force)
{
	struct runtime *runtime = pod->agent->runtime;
	struct job *job;

	box->kill_ms = clock_ms();
	box->killed = force;
	job = job_new(pod, slot_of(pod, box), box->id, kill_over);
	runtime->driver->kill(runtime, job_id(job), force, job_done, job);
}

/* Ends it by end_ms: its own signal first, SIGKILL when the time is over. */
static void end_box(struct pod *pod, struct box *box, int64_t end_ms, const char *why)
{
	struct slot *slot = slot_of(pod, box);
	int64_t now = clock_ms();
	scoped_free char *usual = NULL;

	if (box->busy)
		return;
	if (!box->kill_ms && slot) {
		usual = why ? NULL : mem_printf("Stopping container %s", slot->name);
		pod_tell(pod, slot, "Normal", "Killing", "%s", why ? why : usual);
	}
	if (now >= end_ms && (!box->killed || now - box->kill_ms >= FORCE_AGAIN_MS))
		kill_box(pod, box, true);
	else if (!box->kill_ms)
		kill_box(pod, box, false);
	if (box->kill_ms)
		pod_wake_at(pod, box->killed ? now + FORCE_AGAIN_MS : end_ms);
}

void pod_end_box(struct pod *pod, struct box *box, const char *why)
{
	end_box(pod, box, (box->kill_ms ? box->kill_ms : clock_ms()) + grace_ms(pod), why);
}

static void remove_over(struct pod *pod, struct slot *slot, const char *id, const char *value, struct err *err)
{
	(void)slot;
	(void)value;
	if (!err)
		return;
	pod->agent->runtime->driver->refresh(pod->agent->runtime, id);
	pod_wake_at(pod, clock_ms() + 1000);
}

void pod_remove_box(struct pod *pod, struct box *box)
{
	struct runtime *runtime = pod->agent->runtime;
	struct job *job;

	if (box->busy)
		return;
	job = job_new(pod, slot_of(pod, box), box->id, remove_over);
	runtime->driver->remove(runtime, job_id(job), job_done, job);
}

/* Ends what runs, all at once. True: nothing runs any more, and no call will make something run. */
static bool end_all(struct pod *pod, int64_t end_ms)
{
	bool over = true;
	struct box *next;

	for (struct box *box = world_pod(&pod->agent->world, pod->uid); box; box = next) {
		next = box->next;
		if (!box->name || box->state != BOX_RUNNING)
			continue;
		over = false;
		end_box(pod, box, end_ms, NULL);
	}
	for (size_t i = 0; i < pod->slot_count; i++)
		over = over && pod->slots[i].step != SLOT_CREATING && pod->slots[i].step != SLOT_STARTING;
	return over && !pod->sandbox_busy;
}

/* Removes everything: containers, then sandboxes, which some runtimes hold on to while a container is joined to them.
 * True: nothing is left. */
static bool remove_all(struct pod *pod)
{
	struct box *first = world_pod(&pod->agent->world, pod->uid), *next;
	bool containers = false;

	for (struct box *box = first; box; box = box->next)
		containers = containers || box->name;
	for (struct box *box = first; box; box = next) {
		next = box->next;
		if (!box->name == !containers)
			pod_remove_box(pod, box);
	}
	return !world_pod(&pod->agent->world, pod->uid);
}

/* The sandbox. */

static void sandbox_failed(struct pod *pod, const struct err *err)
{
	pod->sandbox_failed_ms = clock_ms();
	backoff_next(&pod->sandbox_backoff, pod->sandbox_failed_ms);
	if (err->class != ERR_UNREACHABLE && err->class != ERR_TIMEOUT)
		pod_tell(pod, NULL, "Warning", "FailedCreatePodSandBox", "Failed to create pod sandbox: %s",
			err_text(err));
}

static void sandbox_over(struct pod *pod, struct slot *slot, const char *id, const char *value, struct err *err)
{
	struct box *box = id ? world_box(&pod->agent->world, id) : NULL;

	(void)slot;
	(void)value;
	pod->sandbox_busy = false;
	if (!err)
		return;
	sandbox_failed(pod, err);
	if (box && err->class != ERR_UNREACHABLE && err->class != ERR_TIMEOUT)
		world_fail(&pod->agent->world, box, 128, "StartError", err_text(err));
}

static unsigned sandbox_attempt(const struct pod *pod)
{
	unsigned next = 0;

	for (struct box *box = world_pod(&pod->agent->world, pod->uid); box; box = box->next)
		if (!box->name && box->attempt >= next)
			next = box->attempt + 1;
	return next;
}

static void create_sandbox(struct pod *pod)
{
	struct runtime *runtime = pod->agent->runtime;
	scoped_free char *hostname = podfiles_hostname(pod->object);
	struct sandbox_spec spec = { .pod = pod->object, .attempt = sandbox_attempt(pod), .hostname = hostname };
	int64_t left = pod->sandbox_failed_ms ? backoff_left(&pod->sandbox_backoff, pod->sandbox_failed_ms) : 0;

	if (pod->sandbox_busy)
		return;
	if (left) {
		pod_wake_at(pod, clock_ms() + left);
		return;
	}
	if (spec.attempt)
		pod_tell(pod, NULL, "Normal", "SandboxChanged",
			"Pod sandbox changed, it will be killed and re-created.");
	pod->sandbox_busy = true;
	runtime->driver->sandbox_create(runtime, &spec, job_done, job_new(pod, NULL, NULL, sandbox_over));
}

static void start_sandbox(struct pod *pod, struct box *sandbox)
{
	struct runtime *runtime = pod->agent->runtime;
	struct job *job;

	if (pod->sandbox_busy || sandbox->busy)
		return;
	pod->sandbox_busy = true;
	job = job_new(pod, NULL, sandbox->id, sandbox_over);
	runtime->driver->start(runtime, job_id(job), job_done, job);
}

/* Running. */

static bool is_joined(const struct pod *pod, const struct box *sandbox)
{
	for (struct box *box = world_pod(&pod->agent->world, pod->uid); box; box = box->next)
		if (box->sandbox && strcmp(box->sandbox, sandbox->id) == 0)
			return true;
	return false;
}

/* Of each container the newest and the one before it are kept, for its last state and log; what is older goes, and
 * sandboxes that are ended, when nothing is joined to them. */
static void tidy(struct pod *pod, const struct box *sandbox)
{
	struct box *next;

	for (struct box *box = world_pod(&pod->agent->world, pod->uid); box; box = next) {
		struct slot *slot = slot_of(pod, box);

		next = box->next;
		if (box->name && slot && (box == slot_box(slot, 0) || box == slot_box(slot, 1)))
			continue;
		if (!box->name && (box == sandbox || is_joined(pod, box)))
			continue;
		pod_remove_box(pod, box);
	}
}

/* The init container whose turn it is; NULL: all have done their work. *failed: one has ended for good without success.
 */
static struct slot *init_turn(struct pod *pod, const struct box *sandbox, bool *failed)
{
	*failed = false;
	for (size_t i = 0; i < pod->slot_count; i++) {
		struct slot *slot = &pod->slots[i];
		struct slot_view view = slot_look(slot);

		/* An app container of this sandbox is proof that they have. */
		if (!slot->init && sandbox && view.box && view.box->sandbox &&
			strcmp(view.box->sandbox, sandbox->id) == 0)
			return NULL;
	}
	for (size_t i = 0; i < pod->slot_count; i++) {
		struct slot *slot = &pod->slots[i];
		struct slot_view view = slot_look(slot);

		if (!slot->init)
			break;
		if (view.state == SLOT_ENDED && view.exit_code == 0 && sandbox && view.box->sandbox &&
			strcmp(view.box->sandbox, sandbox->id) == 0)
			continue;
		*failed = slot_is_done(slot, &view) && view.exit_code != 0;
		return slot;
	}
	return NULL;
}

/* Every container has ended for good, or an init container has without success. */
static bool is_done(struct pod *pod)
{
	bool done = true;

	for (size_t i = 0; i < pod->slot_count; i++) {
		struct slot_view view = slot_look(&pod->slots[i]);

		if (!pod->slots[i].init)
			done = done && slot_is_done(&pod->slots[i], &view);
		else if (slot_is_done(&pod->slots[i], &view) && view.exit_code != 0)
			return true;
	}
	return done;
}

static void run_slots(struct pod *pod, struct box *sandbox)
{
	bool failed;
	struct slot *init = init_turn(pod, sandbox, &failed);

	if (init && !failed)
		slot_run(init, sandbox);
	for (size_t i = 0; !init && i < pod->slot_count; i++)
		if (!pod->slots[i].init)
			slot_run(&pod->slots[i], sandbox);
}

static void make_files(struct pod *pod)
{
	scoped(err) struct err err = { 0 };

	if (pod->files_ready)
		return;
	if (pod->agent->runtime->pretends ||
		podfiles_setup(pod->agent->options->state_dir, pod->object, &err) == 0) {
		pod->files_ready = true;
		return;
	}
	pod_tell(pod, NULL, "Warning", "FailedMount", "%s", err_text(&err));
	pod_wake_at(pod, clock_ms() + FILES_AGAIN_MS);
}

/* Without a sandbox nothing may run: its containers share a network that is no more. */
static bool end_orphaned(struct pod *pod)
{
	bool over = true;
	struct box *next;

	for (struct box *box = world_pod(&pod->agent->world, pod->uid); box; box = next) {
		next = box->next;
		if (box->name && box->state == BOX_RUNNING) {
			over = false;
			pod_end_box(pod, box, NULL);
		}
	}
	return over;
}

/* The pod has run and does not run again: what it leaves is kept until it is deleted. */
static void rest(struct pod *pod)
{
	struct box *next;

	if (!end_all(pod, clock_ms() + grace_ms(pod)))
		return;
	for (struct box *box = world_pod(&pod->agent->world, pod->uid); box; box = next) {
		next = box->next;
		if (!box->name && box->state == BOX_RUNNING && !box->busy && !box->kill_ms)
			kill_box(pod, box, true);
	}
}

static void run(struct pod *pod)
{
	struct box *sandbox = pod_sandbox(pod);

	if (is_done(pod)) {
		rest(pod);
		return;
	}
	make_files(pod);
	if (!sandbox && end_orphaned(pod))
		create_sandbox(pod);
	else if (sandbox && sandbox->state == BOX_CREATED)
		start_sandbox(pod, sandbox);
	sandbox = pod_sandbox(pod);
	run_slots(pod, sandbox);
	tidy(pod, sandbox);
}

/* Deletion. */

/* When it must be over: from the wish in the API, which may be shortened while it goes on. */
static int64_t end_time(struct pod *pod)
{
	int64_t grace = jvs_get_int(pod->object, "metadata.deletionGracePeriodSeconds", GRACE_DEFAULT_S);
	scoped_free char *deletion = jvs_get_text(pod->object, "metadata.deletionTimestamp");
	int64_t at_ns, left_ms;

	if (pod->end_ms && grace == pod->grace_s)
		return pod->end_ms;
	left_ms = grace * 1000;
	if (deletion && clock_parse(deletion, &at_ns, NULL) == 0 && at_ns - clock_now_ns() < left_ms * 1000000)
		left_ms = (at_ns - clock_now_ns()) / 1000000;
	pod->grace_s = grace;
	pod->end_ms = clock_ms() + (left_ms > 0 ? left_ms : 0);
	return pod->end_ms;
}

static void terminate(struct pod *pod)
{
	scoped(err) struct err err = { 0 };

	if (!pod->final && !end_all(pod, end_time(pod)))
		return;
	if (!pod->final) {
		jv last = status_make(pod, pod->status, true);

		jv_free(pod->status);
		pod->status = last;
		pod->final = true;
	}
	if (!remove_all(pod) || !report_is_done(pod))
		return;
	if (podfiles_remove(pod->agent->options->state_dir, pod->uid, &err) < 0)
		pod_tell(pod, NULL, "Warning", "FailedKillPod", "error killing pod: %s", err_text(&err));
	report_delete(pod);
}

/* The API has it no more: it was deleted by force, or while nobody was here. True: nothing is left. */
static bool sweep(struct pod *pod)
{
	if (!end_all(pod, clock_ms()) || !remove_all(pod) || pod->calls)
		return false;
	podfiles_remove(pod->agent->options->state_dir, pod->uid, NULL);
	return true;
}

/* An end is told with the message that the container left. */
static void read_messages(struct pod *pod)
{
	for (struct box *box = world_pod(&pod->agent->world, pod->uid); box; box = box->next)
		if (box->name && box->state == BOX_EXITED && !box->message)
			box->message = podfiles_read_message(
				pod->agent->options->state_dir, pod->uid, box->name, box->attempt);
}

static bool is_over(const struct pod *pod)
{
	return jvs_get_is(pod->status, "phase", "Succeeded") || jvs_get_is(pod->status, "phase", "Failed");
}

bool pod_sync(struct pod *pod)
{
	bool exists = jvs_is(pod->object, JV_KIND_OBJECT), gone = false;
	scoped_free char *deletion = jvs_get_text(pod->object, "metadata.deletionTimestamp");

	if (!pod->agent->runtime->up)
		return false;
	timer_clear(pod->agent->loop, &pod->timer);
	pod->in_sync = true;
	pod->wake_ms = 0;
	do {
		pod->again = false;
		read_messages(pod);
		if (!exists)
			gone = sweep(pod);
		else if (deletion)
			terminate(pod);
		else if (is_over(pod))
			rest(pod);
		else
			run(pod);
	} while (pod->again && !gone);
	pod->in_sync = false;
	if (gone)
		return true;
	if (exists)
		report(pod);
	if (pod->wake_ms)
		timer_set(pod->agent->loop, &pod->timer, pod->wake_ms > clock_ms() ? pod->wake_ms - clock_ms() : 0);
	return false;
}
