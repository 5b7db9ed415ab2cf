#include "verb/source.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/mem.h"
#include "formats/jvs.h"
#include "formats/peek.h"
#include "formats/yamls.h"
#include "reach/loop.h"
#include "verb/fetch.h"

static bool is_url(const char *name)
{
	return strncmp(name, "http://", 7) == 0 || strncmp(name, "https://", 8) == 0;
}

static bool ends_with(struct slice text, const char *end)
{
	size_t len = strlen(end);

	return text.len >= len && memcmp(text.at + text.len - len, end, len) == 0;
}

static bool is_yaml_name(const char *name)
{
	return ends_with(slice_of(name), ".yaml") || ends_with(slice_of(name), ".yml");
}

static int add_folder(struct source *source, const char *folder, bool deep, struct err *err)
{
	struct dirent **entries;
	int count = scandir(folder, &entries, NULL, alphasort), status = 0;

	if (count < 0)
		return err_errno(err, "%s", folder);
	for (int i = 0; i < count; i++) {
		scoped_free struct dirent *entry = entries[i];
		scoped_free char *path = mem_printf("%s/%s", folder, entry->d_name);
		struct stat st;

		if (status < 0 || entry->d_name[0] == '.' || stat(path, &st) < 0)
			continue;
		if (S_ISDIR(st.st_mode) && deep)
			status = add_folder(source, path, deep, err);
		else if (S_ISREG(st.st_mode) && (is_yaml_name(path) || ends_with(slice_of(path), ".json")))
			strs_add(&source->names, path);
	}
	free(entries);
	return status;
}

int source_add(struct source *source, const char *name, bool deep, struct err *err)
{
	struct stat st;

	if (strcmp(name, "-") == 0 || is_url(name)) {
		strs_add(&source->names, name);
		return 0;
	}
	if (stat(name, &st) < 0)
		return err_errno(err, "%s", name);
	if (S_ISDIR(st.st_mode))
		return add_folder(source, name, deep, err);
	strs_add(&source->names, name);
	return 0;
}

/* Ends with what is being read. */
static void close_name(struct source *source)
{
	if (source->name && source->fd > STDIN_FILENO)
		close(source->fd);
	source->fd = -1;
	source->name = NULL;
	source->ended = source->failed = source->in_list = false;
	yamls_free(source->yaml);
	source->yaml = NULL;
	lines_release(&source->lines);
	source->lines = (struct lines){ 0 };
	buf_clear(&source->bytes);
}

static void readable(void *arg, short revents)
{
	(void)revents;
	*(bool *)arg = true;
}

/* Turns the loop until fd has something. */
static int wait_for(struct source *source, struct err *err)
{
	bool ready = false;
	int status = 0;

	loop_watch_fd(source->loop, source->fd, POLLIN, readable, &ready);
	while (!ready && status == 0)
		status = loop_once(source->loop, -1, err);
	loop_unwatch_fd(source->loop, source->fd);
	return status;
}

/* Appends a piece to bytes. 0 or -1. */
static int read_piece(struct source *source, struct err *err)
{
	ssize_t got;

	do {
		if (source->fd == STDIN_FILENO && wait_for(source, err) < 0)
			return -1;
		got = buf_read(&source->bytes, source->fd);
	} while (got < 0 && errno == EAGAIN);
	if (got < 0)
		return err_errno(err, "reading");
	source->ended = got == 0;
	return 0;
}

static int read_all(struct source *source, struct err *err)
{
	while (!source->ended) {
		if (read_piece(source, err) < 0)
			return -1;
		if (source->bytes.len > LINES_MAX)
			return err_set(err, ERR_FAILED, NULL, "more than %zu MiB of YAML", LINES_MAX >> 20);
	}
	return 0;
}

/* Reads far enough to see whether it is JSON: what begins otherwise is YAML, and read whole. */
static int begin(struct source *source, bool yaml, struct err *err)
{
	size_t blank;

	while ((blank = strspn(buf_text(&source->bytes), " \t\r\n")) == source->bytes.len && !source->ended)
		if (read_piece(source, err) < 0)
			return -1;
	if (!yaml && (blank == source->bytes.len || source->bytes.at[blank] == '{')) {
		lines_feed(&source->lines, source->bytes.at, source->bytes.len);
		return 0;
	}
	if (read_all(source, err) < 0)
		return -1;
	source->yaml = yamls_new(buf_slice(&source->bytes));
	return 0;
}

static int open_name(struct source *source, struct err *err)
{
	const char *name = source->names.at[source->next++];

	source->name = name;
	source->fd = -1;
	if (is_url(name)) {
		source->ended = true;
		if (fetch(name, &source->bytes, err) < 0) {
			close_name(source);
			return -1;
		}
	} else if (strcmp(name, "-") == 0) {
		source->name = "stdin";
		source->fd = STDIN_FILENO;
	} else {
		source->fd = open(name, O_RDONLY | O_CLOEXEC);
		if (source->fd < 0) {
			err_errno(err, "%s", name);
			close_name(source);
			return -1;
		}
	}
	if (begin(source, is_yaml_name(name), err) < 0) {
		err_wrap(err, "%s", source->name);
		close_name(source);
		return -1;
	}
	return 0;
}

/* The next value of what is open, as it stands there. 1, 0 at its end, -1. */
static int next_value(struct source *source, struct slice *value, struct err *err)
{
	int more;

	if (source->yaml) {
		scoped(jv) jv document = jv_null();

		more = yamls_next(source->yaml, &document, err);
		if (more > 0) {
			buf_clear(&source->document);
			jvs_print(document, &source->document);
			*value = buf_slice(&source->document);
		}
		return more;
	}
	while ((more = lines_next(&source->lines, value, err)) == 0 && !source->ended) {
		buf_clear(&source->bytes);
		if (read_piece(source, err) < 0)
			return -1;
		lines_feed(&source->lines, source->bytes.at, source->bytes.len);
	}
	return more == 0 ? lines_end(&source->lines, err) : more;
}

/* The next item of the List that is open. 1, 0 at its end, -1. */
static int next_item(struct source *source, struct slice *object, struct err *err)
{
	struct slice item;
	int got = items_next(&source->items, &item, err);

	if (got <= 0) {
		source->in_list = false;
		return got;
	}
	buf_clear(&source->item);
	items_print(&source->items, item, &source->item);
	*object = buf_slice(&source->item);
	return 1;
}

/* Takes what stands around an object away: an event, a List, which is opened. 1: object is one; 0: a List; -1. */
static int unwrap(struct source *source, struct slice value, struct slice *object, struct err *err)
{
	struct slice type;
	struct peek peek;

	if (peek_event(value, &type, object, err) < 0 || peek_object(*object, &peek, err) < 0)
		return -1;
	if (!peek.kind.len || !peek.api_version.len)
		return err_set(err, ERR_FAILED, NULL, "an object without apiVersion and kind: %.*s",
			(int)(object->len < 60 ? object->len : 60), object->at);
	if (!ends_with(peek.kind, "List") || !peek_value(*object, "items").len)
		return 1;
	items_release(&source->items);
	source->items = (struct items){ 0 };
	items_feed(&source->items, object->at, object->len);
	source->in_list = true;
	return 0;
}

/* 1: an object; 0: none yet, step again; -1. */
static int step(struct source *source, struct slice *object, struct err *err)
{
	struct slice value;
	int more;

	if (!source->name)
		return open_name(source, err);
	if (source->in_list)
		more = next_item(source, object, err);
	else if ((more = next_value(source, &value, err)) > 0)
		more = unwrap(source, value, object, err);
	else if (more == 0)
		close_name(source);
	else
		source->failed = true;
	if (more < 0)
		err_wrap(err, "%s", source->name);
	if (source->failed)
		close_name(source);
	return more;
}

int source_next(struct source *source, struct slice *object, struct err *err)
{
	int more = 0;

	while (!more && (source->name || source->next < source->names.len))
		more = step(source, object, err);
	return more;
}

void source_release(struct source *source)
{
	if (source->name)
		close_name(source);
	strs_release(&source->names);
	buf_release(&source->bytes);
	buf_release(&source->document);
	items_release(&source->items);
	buf_release(&source->item);
	*source = (struct source){ 0 };
}
