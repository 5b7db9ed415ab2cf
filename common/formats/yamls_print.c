/* yamls_print() of yamls.h: libyaml's emitter told what goyaml.v2 tells its port of it. */
#include <ctype.h>
#include <math.h>
#include <yaml.h>

#include "base/mem.h"
#include "formats/jvs.h"
#include "formats/scalar.h"
#include "formats/yamls.h"

static int write_piece(void *arg, unsigned char *at, size_t len)
{
	buf_add(arg, at, len);
	return 1;
}

/* The emitter fails only where memory runs out. */
static void emit(yaml_emitter_t *emitter, yaml_event_t *event)
{
	if (!yaml_emitter_emit(emitter, event))
		mem_exhausted();
}

static void emit_scalar(yaml_emitter_t *emitter, struct slice text, yaml_scalar_style_t style)
{
	yaml_event_t event;

	if (!yaml_scalar_event_initialize(&event, NULL, NULL, (const yaml_char_t *)text.at, (int)text.len, 1, 1, style))
		mem_exhausted();        /* or the text is no UTF-8, which a jv's always is */
	emit(emitter, &event);
}

/* [-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?: minutes and seconds to other readers of YAML 1.1. */
static bool is_base_60(const char *at)
{
	bool parts = false;

	at += *at == '-' || *at == '+';
	if (!isdigit((unsigned char)*at))
		return false;
	at += strspn(at, "0123456789_");
	for (; *at == ':'; parts = true) {
		at++;
		if (!isdigit((unsigned char)*at))
			return false;
		at += *at <= '5' && isdigit((unsigned char)at[1]) ? 2 : 1;
	}
	if (*at == '.')
		at += 1 + strspn(at + 1, "0123456789_");
	return parts && !*at;
}

/* Upstream leaves << bare, and so do we where it is no key and would not be read as a merge. */
static bool reads_as_text(struct slice text, bool key)
{
	double number;
	enum scalar is = scalar_of(text, &number);

	return (is == SCALAR_TEXT && !is_base_60(text.at)) || (is == SCALAR_MERGE && !key);
}

static void emit_text(yaml_emitter_t *emitter, jv text, bool key)
{
	struct slice slice = { jv_string_value(text), (size_t)jv_string_length_bytes(jv_copy(text)) };
	yaml_scalar_style_t style = YAML_DOUBLE_QUOTED_SCALAR_STYLE;

	if (memchr(slice.at, '\n', slice.len))
		style = YAML_LITERAL_SCALAR_STYLE;
	else if (reads_as_text(slice, key))
		style = YAML_PLAIN_SCALAR_STYLE;
	emit_scalar(emitter, slice, style);
}

/* As Go's strconv.FormatFloat(number, 'g', -1, 64): the fewest digits that give the number again. */
static char *format_float(double number)
{
	scoped_free char *shortest = NULL;
	int exponent, digits = 0;

	do {
		free(shortest);
		shortest = mem_printf("%.*e", digits, number);
	} while (strtod(shortest, NULL) != number && ++digits < 17);
	exponent = atoi(strchr(shortest, 'e') + 1);
	if (exponent < -4 || exponent >= 6)
		return steal(shortest);
	return mem_printf("%.*f", digits > exponent ? digits - exponent : 0, number);
}

static void emit_number(yaml_emitter_t *emitter, double number)
{
	scoped_free char *text = NULL;

	if (trunc(number) == number && fabs(number) < 1e19)
		text = mem_printf("%.0f", number);
	else
		text = format_float(number);
	emit_scalar(emitter, slice_of(text), YAML_PLAIN_SCALAR_STYLE);
}

static bool is_letter(unsigned char c)
{
	return isalpha(c) || c >= 0x80;
}

/* Whether the digits before at are more than zeros. */
static bool behind_number(const unsigned char *text, const unsigned char *at)
{
	while (at > text && isdigit(at[-1]))
		if (*--at != '0')
			return true;
	return false;
}

/* The numbers that begin at the first difference: as numbers, then by their length, then by their bytes. */
static int compare_numbers(const unsigned char *text, const unsigned char *a, const unsigned char *b)
{
	uint64_t x = 0, y = 0;
	const unsigned char *a_end = a, *b_end = b;

	if ((*a == '0' || *b == '0') && behind_number(text, a))
		x = y = 1;
	for (; isdigit(*a_end); a_end++)
		x = x * 10 + (uint64_t)(*a_end - '0');
	for (; isdigit(*b_end); b_end++)
		y = y * 10 + (uint64_t)(*b_end - '0');
	if (x != y)
		return x < y ? -1 : 1;
	if (a_end - a != b_end - b)
		return a_end - a < b_end - b ? -1 : 1;
	return *a < *b ? -1 : 1;
}

/* goyaml's order of keys: numbers inside them count as numbers, and letters come behind what is none (so that "a1b",
 * "a9" and "a10" each come before the next, in a circle: upstream's order of such keys changes from run to run). */
static int compare_keys(const void *first, const void *second)
{
	const unsigned char *text = *(const unsigned char *const *)first, *a = text;
	const unsigned char *b = *(const unsigned char *const *)second;

	for (; *a && *a == *b; a++)
		b++;
	if (!*a || !*b)
		return (*a != 0) - (*b != 0);
	if (is_letter(*a) && is_letter(*b))
		return *a < *b ? -1 : 1;
	if (is_letter(*a) || is_letter(*b))
		return is_letter(*b) ? -1 : 1;
	return compare_numbers(text, a, b);
}

static void emit_value(yaml_emitter_t *emitter, jv value);

static void emit_object(yaml_emitter_t *emitter, jv object)
{
	scoped(jv) jv keys = jv_keys(jv_copy(object));
	int count = jvs_len(keys);
	scoped_free const char **sorted = mem_array((size_t)count, sizeof *sorted);
	yaml_event_t event;

	for (int i = 0; i < count; i++) {
		scoped(jv) jv key = jvs_item(keys, i);

		sorted[i] = jv_string_value(key);       /* the array holds it */
	}
	qsort(sorted, (size_t)count, sizeof *sorted, compare_keys);
	yaml_mapping_start_event_initialize(&event, NULL, NULL, 1, YAML_BLOCK_MAPPING_STYLE);
	emit(emitter, &event);
	for (int i = 0; i < count; i++) {
		scoped(jv) jv key = jv_string(sorted[i]), value = jvs_at(object, sorted[i]);

		emit_text(emitter, key, true);
		emit_value(emitter, value);
	}
	yaml_mapping_end_event_initialize(&event);
	emit(emitter, &event);
}

static void emit_array(yaml_emitter_t *emitter, jv array)
{
	yaml_event_t event;

	yaml_sequence_start_event_initialize(&event, NULL, NULL, 1, YAML_BLOCK_SEQUENCE_STYLE);
	emit(emitter, &event);
	for (int i = 0; i < jvs_len(array); i++) {
		scoped(jv) jv item = jvs_item(array, i);

		emit_value(emitter, item);
	}
	yaml_sequence_end_event_initialize(&event);
	emit(emitter, &event);
}

static void emit_value(yaml_emitter_t *emitter, jv value)
{
	switch (jv_get_kind(value)) {
	case JV_KIND_OBJECT:
		emit_object(emitter, value);
		break;
	case JV_KIND_ARRAY:
		emit_array(emitter, value);
		break;
	case JV_KIND_STRING:
		emit_text(emitter, value, false);
		break;
	case JV_KIND_NUMBER:
		emit_number(emitter, jv_number_value(value));
		break;
	case JV_KIND_TRUE:
	case JV_KIND_FALSE:
		emit_scalar(emitter, slice_of(jvs_is(value, JV_KIND_TRUE) ? "true" : "false"), YAML_PLAIN_SCALAR_STYLE);
		break;
	default:
		emit_scalar(emitter, slice_of("null"), YAML_PLAIN_SCALAR_STYLE);
	}
}

void yamls_print(jv value, struct buf *to)
{
	yaml_emitter_t emitter;
	yaml_event_t event;

	if (!yaml_emitter_initialize(&emitter))
		mem_exhausted();
	yaml_emitter_set_output(&emitter, write_piece, to);
	yaml_emitter_set_unicode(&emitter, 1);
	yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING);
	emit(&emitter, &event);
	yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1);
	emit(&emitter, &event);
	emit_value(&emitter, value);
	emitter.open_ended = 0;         /* no "..." behind a text that ends with empty lines */
	yaml_document_end_event_initialize(&event, 1);
	emit(&emitter, &event);
	emitter.open_ended = 0;
	yaml_stream_end_event_initialize(&event);
	emit(&emitter, &event);
	yaml_emitter_delete(&emitter);
}
