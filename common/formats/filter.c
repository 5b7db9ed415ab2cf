#include "formats/filter.h"

#include <ctype.h>
#include <jq.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "formats/jvs.h"

struct filter {
	jq_state *jq;
	char *complaint;        /* the compiler's first, or NULL */
};

/* jq's words as one line, without what it puts around them on a terminal. */
static char *one_line(const char *text)
{
	static const char prefix[] = "jq: error: ", hint[] = " (Unix shell quoting issues?)";
	struct buf line = { 0 };
	const char *at, *end;

	if (strncmp(text, prefix, strlen(prefix)) == 0)
		text += strlen(prefix);
	end = strchrnul(text, '\n');
	at = strstr(text, hint);
	if (at && at < end) {
		buf_add(&line, text, (size_t)(at - text));
		text = at + strlen(hint);
	}
	if (end > text && end[-1] == ':')
		end--;
	buf_add(&line, text, (size_t)(end - text));
	return buf_steal(&line);
}

static void keep_complaint(void *arg, jv message)
{
	struct filter *filter = arg;

	if (!filter->complaint)
		filter->complaint = one_line(jvs_text(message));
	jv_free(message);
}

/* There is one input at a time: a program that asks for more is told that there is none. */
static jv no_input(jq_state *jq, void *arg)
{
	(void)jq;
	(void)arg;
	return jv_invalid();
}

static bool in_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* Adds the view's include if there is such a file and it was not added before. */
static void include_view(struct buf *program, const struct strs *paths, const char *word)
{
	scoped_free char *include = mem_printf("include \"%s\"; ", word);

	if (strstr(buf_text(program), include))
		return;
	for (size_t i = 0; i < paths->len; i++) {
		scoped_free char *file = mem_printf("%s/%s.jq", paths->at[i], word);

		if (access(file, R_OK) == 0) {
			buf_add_text(program, include);
			return;
		}
	}
}

/* Includes for the views that the program names. A word that only looks like one (in a string) costs its file's
 * reading and does no harm. */
static void include_views(struct buf *program, const struct strs *paths, const char *text)
{
	const char *at = text, *end;

	for (; *at; at = end) {
		end = at + 1;
		if (!in_word(*at))
			continue;
		while (in_word(*end))
			end++;
		if (!isdigit((unsigned char)*at) && (at == text || !strchr(".$@:", at[-1]))) {
			scoped_free char *word = mem_dup_n(at, (size_t)(end - at));

			include_view(program, paths, word);
		}
	}
}

static void set_paths(struct filter *filter, const struct strs *paths)
{
	jv folders = jv_array();

	for (size_t i = 0; i < paths->len; i++)
		folders = jv_array_append(folders, jv_string(paths->at[i]));
	jq_set_attr(filter->jq, jv_string("JQ_LIBRARY_PATH"), folders);
}

int filter_new(const char *program, const struct strs *paths, jv args, struct filter **filter, struct err *err)
{
	scoped_ptr(filter) struct filter *fresh = mem_alloc(sizeof *fresh);
	scoped(buf) struct buf whole = { 0 };

	fresh->jq = jq_init();
	if (!fresh->jq)
		return err_set(err, ERR_FAILED, NULL, "jq does not start");
	jq_set_error_cb(fresh->jq, keep_complaint, fresh);
	jq_set_input_cb(fresh->jq, no_input, NULL);
	if (paths && paths->len) {
		set_paths(fresh, paths);
		include_views(&whole, paths, program);
	}
	buf_add_text(&whole, program);
	args = jvs_is(args, JV_KIND_OBJECT) ? jv_copy(args) : jv_object();
	if (!jq_compile_args(fresh->jq, buf_text(&whole), args))
		return err_set(err, ERR_USAGE, NULL, "filter: %s",
			fresh->complaint ? fresh->complaint : "it does not compile");
	*filter = steal(fresh);
	return 0;
}

void filter_free(struct filter *filter)
{
	if (!filter)
		return;
	if (filter->jq)
		jq_teardown(&filter->jq);
	free(filter->complaint);
	free(filter);
}

/* A runtime error's words: a string is said as it is, anything else as JSON. */
static int runtime_error(jv message, struct err *err)
{
	scoped(buf) struct buf text = { 0 };
	scoped_free char *line = NULL;

	if (jvs_is(message, JV_KIND_STRING))
		buf_add_text(&text, jv_string_value(message));
	else
		jvs_print(message, &text);
	for (size_t i = 0; i < text.len; i++)
		if (text.at[i] == '\n')
			text.at[i] = ' ';
	line = one_line(buf_text(&text));
	return err_set(err, ERR_FAILED, NULL, "filter: %s", line);
}

/* What the end of the results means: that was all, an error, or halt and halt_error. */
static int end_of_run(struct filter *filter, jv last, struct err *err)
{
	scoped(jv) jv message = jv_invalid_get_msg(jv_copy(last));

	if (jq_halted(filter->jq)) {
		scoped(jv) jv code = jq_get_exit_code(filter->jq), words = jq_get_error_message(filter->jq);

		if (!jvs_is(code, JV_KIND_NUMBER) || jv_number_value(code) == 0)
			return 0;
		return runtime_error(words, err);
	}
	return jv_is_valid(message) && !jvs_is(message, JV_KIND_NULL) ? runtime_error(message, err) : 0;
}

int filter_run(struct filter *filter, jv input, int (*each)(void *arg, jv result, struct err *err), void *arg,
	struct err *err)
{
	jq_start(filter->jq, jv_copy(input), 0);
	while (true) {
		scoped(jv) jv result = jq_next(filter->jq);

		if (!jv_is_valid(result))
			return end_of_run(filter, result, err);
		if (each(arg, result, err) < 0)
			return -1;
	}
}

static int keep_truth(void *arg, jv result, struct err *err)
{
	bool *truth = arg;

	(void)err;
	*truth = !jvs_is(result, JV_KIND_NULL) && !jvs_is(result, JV_KIND_FALSE);
	return 0;
}

int filter_test(struct filter *filter, jv input, struct err *err)
{
	bool truth = false;

	return filter_run(filter, input, keep_truth, &truth, err) < 0 ? -1 : truth;
}
