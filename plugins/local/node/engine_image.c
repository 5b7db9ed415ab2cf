/* Images in an engine: the sandbox's own, which is made here, and those of containers. */
#include "node/engine.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "formats/jvs.h"
#include "node/image.h"
#include "reach/http.h"

#define MAKE_MS 60000
#define TAR_BLOCK 512

const char *const engine_pause_image = "localhost/podline-pause:1";

/* The program of pause/pause.c, as it was built. */
extern const char pause_program[], pause_program_end[];
__asm__(".section .rodata\n"
	".global pause_program\n"
	".global pause_program_end\n"
	"pause_program:\n"
	".incbin \"" NODE_PAUSE "\"\n"
	"pause_program_end:\n"
	".byte 0\n"
	".previous\n");

/* A tar of the one file, owned by root and executable. Source: POSIX, pax, "ustar Interchange Format". */
static void make_tar(struct buf *tar)
{
	size_t size = (size_t)(pause_program_end - pause_program);
	char header[TAR_BLOCK] = "pause";
	unsigned sum = 0;

	snprintf(header + 100, 8, "%07o", 0755);
	snprintf(header + 108, 8, "%07o", 0);
	snprintf(header + 116, 8, "%07o", 0);
	snprintf(header + 124, 12, "%011zo", size);
	snprintf(header + 136, 12, "%011o", 0);
	memset(header + 148, ' ', 8);           /* the sum is made with blanks in its place */
	header[156] = '0';
	memcpy(header + 257, "ustar\00000", 8);
	for (size_t i = 0; i < sizeof header; i++)
		sum += (unsigned char)header[i];
	snprintf(header + 148, 8, "%06o", sum);
	buf_add(tar, header, sizeof header);
	buf_add(tar, pause_program, size);
	memset(header, 0, sizeof header);
	buf_add(tar, header, (TAR_BLOCK - size % TAR_BLOCK) % TAR_BLOCK);
	buf_add(tar, header, sizeof header);
	buf_add(tar, header, sizeof header);
}

/* The id in the last line of an import's answer, {"status":"sha256:…"}; NULL with err. The caller frees. */
static char *imported_id(const struct buf *body, struct err *err)
{
	const char *at = strstr(buf_text(body), "sha256:");

	if (at)
		return mem_dup_n(at, strcspn(at, "\"\\"));
	err_set(err, ERR_FAILED, NULL, "importing the sandbox image: %s", buf_text(body));
	return NULL;
}

static char *import_tar(struct http *http, const struct engine_at *at, struct err *err)
{
	scoped_free char *path = mem_printf("%s/images/create?fromSrc=-&repo=localhost/podline-pause", at->prefix);
	scoped(buf) struct buf tar = { 0 };
	scoped(http_answer) struct http_answer answer = { 0 };
	struct http_request request = { .method = "POST", .path = path, .content_type = "application/x-tar",
		.timeout_ms = MAKE_MS };

	make_tar(&tar);
	request.body = buf_slice(&tar);
	if (http_do(http, &request, &answer, err) < 0)
		return NULL;
	if (answer.status >= 400) {
		engine_error(answer.status, buf_slice(&answer.body), err);
		return NULL;
	}
	return imported_id(&answer.body, err);
}

int engine_make_pause(struct http *http, const struct engine_at *at, struct err *err)
{
	scoped_free char *there = mem_printf("/images/%s/json", engine_pause_image), *id = NULL, *tag = NULL;
	scoped(err) struct err missing = { 0 };

	if (engine_call(http, at, "GET", there, jv_null(), MAKE_MS, NULL, &missing) == 0)
		return 0;
	if (missing.class != ERR_NOT_FOUND) {
		err_move(err, &missing);
		return -1;
	}
	id = import_tar(http, at, err);
	if (!id)
		return -1;
	tag = mem_printf("/images/%s/tag?repo=localhost/podline-pause&tag=1", id);
	return engine_call(http, at, "POST", tag, jv_null(), MAKE_MS, NULL, err);
}

/* Finding: under its whole name, then, without a registry in it, as made on this machine. */

struct finding {
	struct engine *engine;
	char *name, *other;             /* asked for now, and after it; NULL: nothing more */
	runtime_done *done;
	void *arg;
};

static void finding_free(struct finding *finding)
{
	free(finding->name);
	free(finding->other);
	free(finding);
}

static void find_next(struct finding *finding);

static void found(void *arg, jv body, struct err *err)
{
	struct finding *finding = arg;

	(void)body;
	if (err && err->class == ERR_NOT_FOUND && finding->other) {
		free(finding->name);
		finding->name = steal(finding->other);
		find_next(finding);
		return;
	}
	finding->done(finding->arg, err ? NULL : finding->name, err);
	finding_free(finding);
}

static void find_next(struct finding *finding)
{
	scoped_free char *path = mem_printf("/images/%s/json", finding->name);

	engine_ask(finding->engine, "GET", path, jv_null(), found, finding);
}

static struct finding *finding_new(struct runtime *runtime, const char *image, runtime_done *done, void *arg)
{
	struct finding *finding = mem_alloc(sizeof *finding);

	finding->engine = (struct engine *)runtime;
	finding->name = image_normalise(image) ?: mem_dup(image);
	if (image_is_short(image))
		finding->other = mem_printf("localhost/%s%s", image,
			strchr(strrchr(image, '/') ? strrchr(image, '/') : image, ':') || strchr(image, '@')
				? ""
				: ":latest");
	finding->done = done;
	finding->arg = arg;
	return finding;
}

void engine_image_find(struct runtime *runtime, const char *image, runtime_done *done, void *arg)
{
	find_next(finding_new(runtime, image, done, arg));
}

/* Pulling: the answer is 200 from its beginning; what went wrong is told in its lines. */

struct pulling {
	struct engine_request request;
	struct finding *finding;
	struct lines lines;
	struct err err;                 /* the last error told */
};

static int pull_data(void *arg, struct slice piece, struct err *err)
{
	struct pulling *pulling = arg;
	struct slice line;
	int more;

	lines_feed(&pulling->lines, piece.at, piece.len);
	while ((more = lines_next(&pulling->lines, &line, err)) > 0) {
		scoped(jv) jv told = jv_null();
		scoped_free char *words = NULL;

		if (jvs_parse(line, &told, err) < 0)
			return -1;
		words = jvs_get_text(told, "error");
		if (words)
			err_set(&pulling->err, ERR_FAILED, NULL, "%s", words);
	}
	return more;
}

static void pull_free(struct pulling *pulling)
{
	lines_release(&pulling->lines);
	err_release(&pulling->err);
	free(pulling);
}

/* Not on the registry is not "not on this machine". */
static void pull_failed(struct pulling *pulling, struct err *err)
{
	struct finding *finding = pulling->finding;

	if (err->class == ERR_NOT_FOUND)
		err->class = ERR_FAILED;
	finding->done(finding->arg, NULL, err);
	finding_free(finding);
}

static void pull_done(void *arg, struct http_answer *answer, struct err *err)
{
	struct pulling *pulling = arg;

	engine_request_end(&pulling->request);
	if (err && err->class)
		err_move(&pulling->err, err);
	else if (answer->status >= 400)
		engine_error(answer->status, buf_slice(&answer->body), &pulling->err);
	if (pulling->err.class)
		pull_failed(pulling, &pulling->err);
	else
		find_next(pulling->finding);
	pull_free(pulling);
}

static void pull_lost(struct engine_request *request, struct err *err)
{
	struct pulling *pulling = (struct pulling *)request;

	pull_failed(pulling, err);
	pull_free(pulling);
}

void engine_image_pull(struct runtime *runtime, const char *image, runtime_done *done, void *arg)
{
	struct engine *engine = (struct engine *)runtime;
	struct pulling *pulling = mem_alloc(sizeof *pulling);
	scoped_free char *name = image_normalise(image) ?: mem_dup(image);
	char *digest = strchr(name, '@');
	char *tag = digest ? digest : strrchr(name, ':');
	scoped(buf) struct buf path = { 0 };
	struct http_request request = { .method = "POST", .data = pull_data, .done = pull_done, .arg = pulling };

	pulling->request.fail = pull_lost;
	pulling->finding = finding_new(runtime, image, done, arg);
	buf_printf(&path, "%s/images/create?fromImage=", engine->at.prefix);
	if (tag)
		*tag = '\0';
	engine_escape(&path, name);
	buf_add_text(&path, "&tag=");
	engine_escape(&path, tag ? tag + 1 : "latest");
	request.path = path.at;
	engine_request_begin(engine, &pulling->request, &request);
}

/* For node status. */

static jv image_row(jv image)
{
	scoped(jv) jv tags = jvs_at(image, "RepoTags"), digests = jvs_at(image, "RepoDigests");
	jv names = jvs_len(digests) ? jv_copy(digests) : jv_array();

	for (int i = 0; i < jvs_len(tags); i++)
		names = jv_array_append(names, jvs_item(tags, i));
	return jvs_object("names", names, "sizeBytes", jv_number((double)jvs_get_int(image, "Size", 0)), NULL);
}

#define TOLD_MOST 50            /* the kubelet's nodeStatusMaxImages */

static void images_listed(void *arg, jv body, struct err *err)
{
	struct engine *engine = arg;
	jv rows = jv_array();

	if (err) {
		jv_free(rows);
		return;
	}
	for (int i = 0; i < jvs_len(body) && jvs_len(rows) < TOLD_MOST; i++) {
		scoped(jv) jv image = jvs_item(body, i), tags = jvs_at(image, "RepoTags");

		if (jvs_len(tags))
			rows = jv_array_append(rows, image_row(image));
	}
	jv_free(engine->images);
	engine->images = rows;
	engine->setup.image_came(engine->setup.arg);
}

void engine_list_images(struct engine *engine)
{
	engine_ask(engine, "GET", "/images/json", jv_null(), images_listed, engine);
}
