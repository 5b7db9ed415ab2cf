#include "verb/output.h"

#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <time.h>

#include "base/err.h"
#include "base/mem.h"
#include "formats/columns.h"
#include "formats/compact.h"
#include "formats/filter.h"
#include "formats/indent.h"
#include "formats/items.h"
#include "formats/jvs.h"
#include "formats/peek.h"
#include "formats/yamls.h"
#include "reach/loop.h"
#include "verb/plugins.h"
#include "verb/view.h"

#define HOLD ((size_t)256 * 1024)       /* written without waiting for a pause */
#define ROWS_AT_ONCE 500                /* as kubectl: one width for so many rows */

#define LIST_HEAD "{\n    \"apiVersion\": \"v1\",\n    \"items\": ["
#define LIST_FOOT "],\n    \"kind\": \"List\",\n    \"metadata\": {\n        \"resourceVersion\": \"\"\n    }\n}\n"

static const char *const form_names[] = { "jsonl", "json", "yaml", "name", "table", "wide" };

static int parse_form(struct output *output, const char *form, struct err *err)
{
	if (strncmp(form, "custom-columns=", 15) == 0) {
		output->form = OUTPUT_COLUMNS;
		return columns_parse(form + 15, &output->columns, err);
	}
	for (size_t i = 0; i < sizeof form_names / sizeof *form_names; i++)
		if (strcmp(form, form_names[i]) == 0) {
			output->form = (enum output_form)i;
			return 0;
		}
	return err_set(err, ERR_USAGE, NULL,
		"-o %s: it can be jsonl, json, yaml, name, table, wide or custom-columns=NAME:PATH,…", form);
}

int output_init(struct output *output, const struct output_options *options, struct err *err)
{
	scoped(strs) struct strs views = { 0 };

	output->fd = STDOUT_FILENO;
	output->raw = options->raw;
	output->events = options->events;
	output->no_headers = options->no_headers;
	output->form = isatty(output->fd) ? OUTPUT_TABLE : OUTPUT_JSONL;
	if (options->form && parse_form(output, options->form, err) < 0)
		return -1;
	plugins_path(&views);
	if (options->filter && filter_new(options->filter, &views, jv_null(), &output->filter, err) < 0)
		return -1;
	output->started = true;
	return 0;
}

void output_release(struct output *output)
{
	filter_free(output->filter);
	columns_free(output->columns);
	table_release(&output->table);
	free(output->shown);
	buf_release(&output->held);
	*output = (struct output){ 0 };
}

bool output_wants_table(const struct output *output)
{
	return !output->filter && (output->form == OUTPUT_TABLE || output->form == OUTPUT_WIDE);
}

/* The reader is gone: ends as SIGPIPE does, which is ignored so that a server's closed socket does not do it. */
static void end_quietly(void)
{
	signal(SIGPIPE, SIG_DFL);
	raise(SIGPIPE);
}

static void reader_changed(void *arg, short revents)
{
	(void)arg;
	if (revents & (POLLERR | POLLHUP))
		end_quietly();
}

void output_watch_reader(struct output *output, struct loop *loop)
{
	struct stat st;

	if (fstat(output->fd, &st) == 0 && (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode)))
		loop_watch_fd(loop, output->fd, 0, reader_changed, NULL);
}

static int write_held(struct output *output, struct err *err)
{
	size_t done = 0;

	while (done < output->held.len) {
		ssize_t wrote = write(output->fd, output->held.at + done, output->held.len - done);

		if (wrote >= 0) {
			done += (size_t)wrote;
		} else if (errno == EAGAIN) {
			struct pollfd room = { .fd = output->fd, .events = POLLOUT };

			poll(&room, 1, -1);
		} else if (errno != EINTR) {
			if (errno == EPIPE)
				end_quietly();
			return err_errno(err, "writing to stdout");
		}
	}
	buf_clear(&output->held);
	return 0;
}

int output_flush(struct output *output, struct err *err)
{
	if (output->live)
		table_flush(&output->table, &output->held);
	return write_held(output, err);
}

static int written(struct output *output, struct err *err)
{
	output->count++;
	if (output->table.columns && output->table.cells.len / output->table.columns >= ROWS_AT_ONCE)
		table_flush(&output->table, &output->held);
	return output->held.len >= HOLD ? write_held(output, err) : 0;
}

static bool makes_list(const struct output *output)
{
	return output->form == OUTPUT_JSON && output->many && !output->filter && !output->events && !output->live;
}

/* What stands before and behind a printed value: an event's envelope, a List's or a document's separator. */
static void open_value(struct output *output, const char *type)
{
	struct buf *to = &output->held;

	if (output->form == OUTPUT_YAML && output->count)
		buf_add_text(to, "---\n");
	if (makes_list(output))
		buf_add_text(to, output->count ? ",\n        " : LIST_HEAD "\n        ");
	else if (output->events && output->form == OUTPUT_JSON)
		buf_printf(to, "{\n    \"type\": \"%s\",\n    \"object\": ", type);
	else if (output->events && output->form == OUTPUT_JSONL)
		buf_printf(to, "{\"type\":\"%s\",\"object\":", type);
}

static void close_value(struct output *output)
{
	bool lines = output->form == OUTPUT_JSON && !makes_list(output);

	if (output->events && lines)
		buf_add_text(&output->held, "\n}");
	else if (output->events && output->form == OUTPUT_JSONL)
		buf_add_char(&output->held, '}');
	if (lines || output->form == OUTPUT_JSONL)
		buf_add_char(&output->held, '\n');
}

static void add_json(struct output *output, struct slice json)
{
	if (output->form == OUTPUT_JSON)
		indent_add(&output->held, json, makes_list(output) ? 2 : output->events, 4);
	else
		compact_add(&output->held, json);
}

/* "pod/", "deployment.apps/": what stands before a name in kubectl's -o name. */
static void add_prefix(struct buf *to, struct slice group, struct slice kind)
{
	for (size_t i = 0; i < kind.len; i++)
		buf_add_char(to, (char)tolower((unsigned char)kind.at[i]));
	if (group.len) {
		buf_add_char(to, '.');
		buf_add_slice(to, group);
	}
	buf_add_char(to, '/');
}

char *output_prefix(const char *group, const char *kind)
{
	struct buf prefix = { 0 };

	add_prefix(&prefix, slice_of(group), slice_of(kind));
	return buf_steal(&prefix);
}

static void add_name(struct buf *to, struct slice api_version, struct slice kind, struct slice name)
{
	const char *slash = api_version.len ? memchr(api_version.at, '/', api_version.len) : NULL;
	struct slice group = { api_version.at, slash ? (size_t)(slash - api_version.at) : 0 };

	add_prefix(to, group, kind);
	buf_add_slice(to, name);
}

/* The caller frees. */
static char *name_of(jv object)
{
	scoped_free char *api_version = jvs_get_text(object, "apiVersion"), *kind = jvs_get_text(object, "kind"),
			 *name = jvs_get_text(object, "metadata.name");
	struct buf text = { 0 };

	add_name(&text, slice_of(api_version), slice_of(kind), slice_of(name));
	return buf_steal(&text);
}

/* The header where the table has none yet or that of other columns. */
static void start_rows(struct output *output, const void *of, const struct strs *names)
{
	if (output->header == of)
		return;
	table_flush(&output->table, &output->held);
	table_release(&output->table);
	if (output->header)
		buf_add_char(&output->held, '\n');
	output->header = of;
	if (!output->no_headers)
		table_header(&output->table, (const char *const *)names->at, names->len);
}

/* Cells that stand before the others. */
static void lead(const struct output *output, struct strs *cells, const char *event, const char *ns)
{
	if (output->events || output->acts)
		strs_add(cells, event);
	if (output->with_namespace)
		strs_add(cells, ns ? ns : "");
}

static void add_row(struct output *output, const struct strs *cells, size_t count)
{
	table_row(&output->table, (const char *const *)cells->at, count);
}

/* What became of which object. */
static void add_brief_row(struct output *output, const char *type, const char *ns, jv object)
{
	scoped(strs) struct strs names = { 0 }, cells = { 0 };

	lead(output, &names, "EVENT", "NAMESPACE");
	strs_add(&names, "OBJECT");
	start_rows(output, form_names, &names);
	lead(output, &cells, type, ns);
	strs_take(&cells, name_of(object));
	add_row(output, &cells, cells.len);
}

static void add_view_row(struct output *output, const char *type, const char *ns, jv object)
{
	scoped(strs) struct strs names = { 0 }, cells = { 0 };
	const struct view *view = view_of(object);

	lead(output, &names, "EVENT", "NAMESPACE");
	strs_add(&names, "NAME");
	for (size_t i = 0; view->columns[i] && (i < view->narrow || output->form == OUTPUT_WIDE); i++)
		strs_add(&names, view->columns[i]);
	start_rows(output, view, &names);
	lead(output, &cells, type, ns);
	strs_take(&cells, output->with_kind ? name_of(object) : jvs_get_text(object, "metadata.name"));
	view->cells(object, time(NULL), &cells);
	add_row(output, &cells, names.len);
}

static void add_columns_row(struct output *output, jv object)
{
	if (output->header != output->columns && !output->no_headers)
		columns_header(output->columns, &output->table);
	output->header = output->columns;
	columns_row(output->columns, object, &output->table);
}

static bool is_object(jv value)
{
	scoped(jv) jv kind = jvs_get(value, "kind"), name = jvs_get(value, "metadata.name");

	return jvs_is(kind, JV_KIND_STRING) && jvs_is(name, JV_KIND_STRING);
}

static void add_table_row(struct output *output, const char *type, jv object)
{
	scoped_free char *ns = jvs_get_text(object, "metadata.namespace");

	if (output->form == OUTPUT_COLUMNS)
		add_columns_row(output, object);
	else if (output->acts && output->form == OUTPUT_TABLE)
		add_brief_row(output, type, ns, object);
	else
		add_view_row(output, type, ns, object);
}

/* A filter's result that is no object has no name and no columns: it is printed as a line of JSON. */
static void add_line(struct output *output, jv value)
{
	table_flush(&output->table, &output->held);
	if (output->raw && jvs_is(value, JV_KIND_STRING))
		buf_add_text(&output->held, jv_string_value(value));
	else
		jvs_print(value, &output->held);
	buf_add_char(&output->held, '\n');
}

static void add_structured(struct output *output, const char *type, jv value)
{
	scoped(buf) struct buf json = { 0 };

	open_value(output, type);
	if (output->form == OUTPUT_YAML && output->events) {
		scoped(jv) jv event = jvs_object("type", jv_string(type), "object", jv_copy(value), NULL);

		yamls_print(event, &output->held);
	} else if (output->form == OUTPUT_YAML) {
		yamls_print(value, &output->held);
	} else {
		jvs_print(value, &json);
		add_json(output, buf_slice(&json));
	}
	close_value(output);
}

/* One value that is to be seen: an object, or what the filter made of one. */
static int print_value(struct output *output, const char *type, jv value, struct err *err)
{
	if (output->raw && jvs_is(value, JV_KIND_STRING) && !output->events) {
		add_line(output, value);
	} else if (output->form <= OUTPUT_YAML) {
		add_structured(output, type, value);
	} else if (!is_object(value)) {
		add_line(output, value);
	} else if (output->form == OUTPUT_NAME) {
		scoped_free char *name = name_of(value);

		buf_printf(&output->held, "%s\n", name);
	} else {
		add_table_row(output, type, value);
	}
	return written(output, err);
}

struct result {
	struct output *output;
	const char *type;
};

static int print_result(void *arg, jv value, struct err *err)
{
	struct result *result = arg;

	return print_value(result->output, result->type, value, err);
}

int output_object(struct output *output, const char *type, jv object, struct err *err)
{
	struct result result = { output, type };

	if (output->filter)
		return filter_run(output->filter, object, print_result, &result, err);
	return print_value(output, type, object, err);
}

static int parse_and_print(struct output *output, const char *type, struct slice object, struct err *err)
{
	scoped(jv) jv value = jv_null();

	if (jvs_parse(object, &value, err) < 0)
		return -1;
	return output_object(output, type, value, err);
}

int output_bytes(struct output *output, const char *type, struct slice object, struct err *err)
{
	struct peek peek;

	bool as_bytes = output->form == OUTPUT_JSONL || output->form == OUTPUT_JSON || output->form == OUTPUT_NAME;

	if (output->filter || !as_bytes)
		return parse_and_print(output, type, object, err);
	if (output->form != OUTPUT_NAME) {
		open_value(output, type);
		add_json(output, object);
		close_value(output);
	} else {
		if (peek_object(object, &peek, err) < 0)
			return -1;
		add_name(&output->held, peek.api_version, peek.kind, peek.name);
		buf_add_char(&output->held, '\n');
	}
	return written(output, err);
}

int output_item(struct output *output, const char *type, const struct items *items, struct slice item, struct err *err)
{
	scoped(buf) struct buf whole = { 0 };

	if (output->filter || output->form != OUTPUT_JSONL) {
		items_print(items, item, &whole);
		return output_bytes(output, type, buf_slice(&whole), err);
	}
	open_value(output, type);
	items_print(items, item, &output->held);
	close_value(output);
	return written(output, err);
}

static char *cell_text(jv cell)
{
	struct buf text = { 0 };

	if (jvs_is(cell, JV_KIND_STRING))
		return mem_dup(jv_string_value(cell));
	if (!jvs_is(cell, JV_KIND_NULL))
		jvs_print(cell, &text);
	return buf_steal(&text);
}

static void add_server_row(struct output *output, const char *type, jv row, const char *prefix)
{
	scoped(strs) struct strs cells = { 0 };
	scoped_free char *ns = jvs_get_text(row, "object.metadata.namespace");
	scoped(jv) jv values = jvs_get(row, "cells");

	lead(output, &cells, type, ns);
	for (size_t i = 0; i < output->shown_count; i++) {
		scoped(jv) jv cell = jvs_item(values, output->shown[i]);
		scoped_free char *text = cell_text(cell);

		strs_printf(&cells, "%s%s", i || !prefix ? "" : prefix, text);
	}
	add_row(output, &cells, cells.len);
}

/* A Table's columns: which are shown, under which names. priority above 0 is for -o wide. */
static void start_server_rows(struct output *output, jv columns, const char *of)
{
	scoped(strs) struct strs names = { 0 };

	lead(output, &names, "EVENT", "NAMESPACE");
	output->shown = mem_grow(output->shown, (size_t)jvs_len(columns), sizeof *output->shown);
	output->shown_count = 0;
	for (int i = 0; i < jvs_len(columns); i++) {
		scoped(jv) jv column = jvs_item(columns, i);
		scoped_free char *name = jvs_get_text(column, "name");

		if (jvs_get_int(column, "priority", 0) > 0 && output->form != OUTPUT_WIDE)
			continue;
		output->shown[output->shown_count++] = i;
		strs_add(&names, name ? name : "");
	}
	start_rows(output, of, &names);
}

int output_table(struct output *output, const char *type, jv table, const void *of, const char *prefix, struct err *err)
{
	scoped(jv) jv columns = jvs_get(table, "columnDefinitions"), rows = jvs_get(table, "rows");

	/* The later events of a watch come without their columns. */
	if (jvs_len(columns) && jvs_len(rows))
		start_server_rows(output, columns, of);
	for (int i = 0; i < jvs_len(rows); i++) {
		scoped(jv) jv row = jvs_item(rows, i);

		add_server_row(output, type, row, prefix);
		if (written(output, err) < 0)
			return -1;
	}
	return 0;
}

int output_gone(struct output *output, const char *name, struct err *err)
{
	scoped(strs) struct strs cells = { 0 };

	lead(output, &cells, "DELETED", NULL);
	strs_add(&cells, name);
	for (size_t i = 1; i < output->shown_count; i++)
		strs_add(&cells, "");
	add_row(output, &cells, cells.len);
	return written(output, err);
}

int output_end(struct output *output, struct err *err)
{
	table_flush(&output->table, &output->held);
	if (makes_list(output))
		buf_add_text(&output->held, output->count ? "\n    " LIST_FOOT : LIST_HEAD LIST_FOOT);
	return write_held(output, err);
}
