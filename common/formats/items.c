#include "formats/items.h"

#include <stdlib.h>

#include "base/err.h"
#include "base/mem.h"
#include "formats/compact.h"
#include "formats/jvs.h"
#include "formats/lines.h"
#include "formats/members.h"
#include "formats/peek.h"

/* Where in the body the next byte stands. */
enum state {
	BODY,           /* before its { */
	FIRST_KEY,
	KEY,
	COLON,
	VALUE,
	AFTER_VALUE,
	FIRST_ITEM,
	ITEM,
	AFTER_ITEM,
	END,
	IN_WORD,        /* a number, true, false, null */
	IN_KEY,
	KEY_ESCAPE,
	IN_STRING,
	STRING_ESCAPE,
	IN_VALUE,       /* brackets, which nest.h walks over, as the next ones */
	IN_ITEM,
	STATES
};

enum word { WORD, QUOTE, COLONS, COMMA, OPEN_OBJECT, CLOSE_OBJECT, OPEN_ARRAY, CLOSE_ARRAY, WORDS };

static enum word word_of(char c)
{
	static const char marks[] = "\":,{}[]";
	const char *found = c ? strchr(marks, c) : NULL;

	return found ? (enum word)(QUOTE + (found - marks)) : WORD;
}

/* The state behind a byte; 0: it may not stand there. Nothing leads back to BODY. */
static const unsigned char after[STATES][WORDS] = {
	[BODY] = { [OPEN_OBJECT] = FIRST_KEY },
	[FIRST_KEY] = { [QUOTE] = IN_KEY, [CLOSE_OBJECT] = END },
	[KEY] = { [QUOTE] = IN_KEY },
	[COLON] = { [COLONS] = VALUE },
	[VALUE] = { [WORD] = IN_WORD, [QUOTE] = IN_STRING, [OPEN_OBJECT] = IN_VALUE, [OPEN_ARRAY] = IN_VALUE },
	[IN_WORD] = { [WORD] = IN_WORD, [COMMA] = KEY, [CLOSE_OBJECT] = END },
	[AFTER_VALUE] = { [COMMA] = KEY, [CLOSE_OBJECT] = END },
	[FIRST_ITEM] = { [OPEN_OBJECT] = IN_ITEM, [CLOSE_ARRAY] = AFTER_VALUE },
	[ITEM] = { [OPEN_OBJECT] = IN_ITEM },
	[AFTER_ITEM] = { [COMMA] = ITEM, [CLOSE_ARRAY] = AFTER_VALUE },
};

static const char *const wanted[STATES] = {
	[BODY] = "a JSON object",
	[FIRST_KEY] = "a key or }",
	[KEY] = "a key",
	[COLON] = "a colon",
	[VALUE] = "a value",
	[IN_WORD] = "a comma or }",
	[AFTER_VALUE] = "a comma or }",
	[FIRST_ITEM] = "an object or ]",
	[ITEM] = "an object",
	[AFTER_ITEM] = "a comma or ]",
	[END] = "nothing more",
};

void items_feed(struct items *items, const char *at, size_t len)
{
	items->piece = (struct slice){ at, len };
}

/* Takes len bytes off the piece. */
static struct slice take(struct items *items, size_t len)
{
	struct slice taken = { items->piece.at, len };

	items->piece.at += len;
	items->piece.len -= len;
	items->offset += len;
	return taken;
}

/* Takes len bytes off the piece into what is held of an item or of the body around the items, which max bounds. */
static int hold(struct items *items, size_t len, struct buf *held, struct err *err)
{
	size_t max = items->max ? items->max : LINES_MAX;

	if (held->len + len > max)
		return err_set(err, ERR_FAILED, NULL, "the object at byte %zu is larger than %zu bytes",
			held == &items->held ? items->offset - held->len : 0, max);
	buf_add_slice(held, take(items, len));
	return 0;
}

/* Replaces what *text held; a member that is not there leaves it. */
static void learn(char **text, struct slice found)
{
	if (!found.len)
		return;
	free(*text);
	*text = peek_text(found);
}

/* What items are, once both are known: their kind, and the beginning of an object that says so. */
static void learn_type(struct items *items)
{
	struct items_head *head = &items->head;
	size_t len = head->kind ? strlen(head->kind) : 0;
	scoped(jv) jv type = jv_null();

	if (items->type.len || !head->api_version || len <= 4 || strcmp(head->kind + len - 4, "List") != 0)
		return;
	head->item_kind = mem_dup_n(head->kind, len - 4);
	type = jvs_object("apiVersion", jv_string(head->api_version), "kind", jv_string(head->item_kind), NULL);
	jvs_print(type, &items->type);
	items->type.at[items->type.len - 1] = ',';      /* the object goes on */
}

/* Reads what the list says of itself from the body around its items, which is whole with tail at its end. */
static int learn_head(struct items *items, const char *tail, struct err *err)
{
	struct items_head *head = &items->head;
	scoped_free char *remaining = NULL;
	struct slice metadata;
	struct peek peek;

	buf_add_text(&items->around, tail);
	if (peek_object(buf_slice(&items->around), &peek, err) < 0)
		return -1;
	learn(&head->api_version, peek.api_version);
	learn(&head->kind, peek.kind);
	learn(&head->resource_version, peek.version);
	metadata = peek_value(buf_slice(&items->around), "metadata");
	learn(&head->continue_token, members_text(peek_value(metadata, "continue")));
	remaining = slice_dup(peek_value(metadata, "remainingItemCount"));
	head->remaining = strtoll(remaining, NULL, 10);
	items->around.len -= strlen(tail);
	learn_type(items);
	return 0;
}

static bool key_is_items(const struct items *items)
{
	const char items_key[] = "items\"";     /* the key's closing quote is in around too */
	size_t len = sizeof items_key - 1;

	return items->around.len - items->key >= len && memcmp(items->around.at + items->key, items_key, len) == 0;
}

/* The body's last bracket was taken. */
static int end_body(struct items *items, struct slice *item, struct err *err)
{
	if (!items->is_list)
		items->is_list = slice_is(peek_value(buf_slice(&items->around), "items"), "null");
	if (items->is_list)
		return learn_head(items, "", err) < 0 ? -1 : ITEMS_MORE;
	*item = buf_slice(&items->around);
	items->spaced = true;
	return ITEMS_OBJECT;
}

/* A byte inside a string of the body around the items. */
static int eat_string(struct items *items, struct err *err)
{
	bool in_key = items->state == IN_KEY || items->state == KEY_ESCAPE;
	bool escaped = items->state == KEY_ESCAPE || items->state == STRING_ESCAPE;
	char c = *items->piece.at;

	if (hold(items, 1, &items->around, err) < 0)
		return -1;
	if (!escaped && c == '"')
		items->state = in_key ? COLON : AFTER_VALUE;
	else if (!escaped && c == '\\')
		items->state = in_key ? KEY_ESCAPE : STRING_ESCAPE;
	else
		items->state = in_key ? IN_KEY : IN_STRING;
	return ITEMS_MORE;
}

/* A byte between the strings. Brackets that begin a value or an item are left to nest.h. */
static int eat_word(struct items *items, struct slice *item, struct err *err)
{
	char c = *items->piece.at;
	enum state state = items->state, next = after[state][word_of(c)];
	bool between_items = state == ITEM || state == AFTER_ITEM;

	if (nest_is_white(c)) {
		items->state = state == IN_WORD ? AFTER_VALUE : state;
		return hold(items, 1, &items->around, err);
	}
	if (!next)
		return err_set(err, ERR_FAILED, NULL, "malformed JSON at byte %zu: %s was expected", items->offset,
			wanted[state]);
	if (next == IN_VALUE && c == '[' && key_is_items(items)) {
		items->is_list = true;
		next = FIRST_ITEM;
	}
	items->state = next;
	if (next == IN_VALUE || next == IN_ITEM)
		return ITEMS_MORE;
	if (between_items && c == ',')
		take(items, 1);
	else if (hold(items, 1, &items->around, err) < 0)
		return -1;
	if (next == IN_KEY)
		items->key = items->around.len;
	if (next == FIRST_ITEM)
		return learn_head(items, "]}", err);
	return next == END ? end_body(items, item, err) : ITEMS_MORE;
}

/* Bytes of a value that is not the items. */
static int eat_value(struct items *items, struct err *err)
{
	ssize_t eaten;
	bool done;

	if (!items->nest.depth)
		nest_next(&items->nest);
	eaten = nest_eat(&items->nest, items->piece.at, items->piece.len, items->offset, &done, err);
	if (eaten < 0 || hold(items, (size_t)eaten, &items->around, err) < 0)
		return -1;
	if (done)
		items->state = AFTER_VALUE;
	return ITEMS_MORE;
}

static int eat_item(struct items *items, struct slice *item, struct err *err)
{
	ssize_t eaten;
	bool done;

	if (!items->nest.depth) {
		nest_next(&items->nest);
		buf_clear(&items->held);
	}
	eaten = nest_eat(&items->nest, items->piece.at, items->piece.len, items->offset, &done, err);
	if (eaten < 0)
		return -1;
	*item = (struct slice){ items->piece.at, (size_t)eaten };
	if (done && !items->held.len) {
		take(items, (size_t)eaten);
	} else {
		if (hold(items, (size_t)eaten, &items->held, err) < 0)
			return -1;
		*item = buf_slice(&items->held);
	}
	if (!done)
		return ITEMS_MORE;
	items->state = AFTER_ITEM;
	items->spaced = items->nest.spaced;
	return ITEMS_ITEM;
}

int items_next(struct items *items, struct slice *item, struct err *err)
{
	int got = ITEMS_MORE;

	while (items->piece.len && got == ITEMS_MORE)
		switch (items->state) {
		case IN_ITEM:
			got = eat_item(items, item, err);
			break;
		case IN_VALUE:
			got = eat_value(items, err);
			break;
		case IN_KEY:
		case KEY_ESCAPE:
		case IN_STRING:
		case STRING_ESCAPE:
			got = eat_string(items, err);
			break;
		default:
			got = eat_word(items, item, err);
		}
	return got;
}

bool items_ended(const struct items *items)
{
	return items->state == END;
}

int items_end(const struct items *items, struct err *err)
{
	if (items_ended(items))
		return 0;
	return err_set(
		err, ERR_FAILED, NULL, "the answer ends at byte %zu, before its JSON object does", items->offset);
}

void items_release(struct items *items)
{
	free(items->head.api_version);
	free(items->head.kind);
	free(items->head.item_kind);
	free(items->head.resource_version);
	free(items->head.continue_token);
	buf_release(&items->held);
	buf_release(&items->around);
	buf_release(&items->type);
	*items = (struct items){ 0 };
}

/* Whether the item says itself what it is. What servers write has apiVersion and kind before metadata or not at all, so
 * more than the first key is only looked at where a person may have written it. */
static bool has_type(const struct items *items, struct slice item)
{
	static const char metadata[] = "{\"metadata\":";
	struct peek peek;

	if (!items->spaced && item.len >= strlen(metadata) && memcmp(item.at, metadata, strlen(metadata)) == 0)
		return false;
	return peek_object(item, &peek, NULL) < 0 || peek.kind.at || peek.api_version.at;
}

void items_print(const struct items *items, struct slice item, struct buf *to)
{
	if (items->type.len && !has_type(items, item)) {
		buf_add_slice(to, buf_slice(&items->type));
		item = (struct slice){ item.at + 1, item.len - 1 };     /* without its { */
	}
	if (items->spaced)
		compact_add(to, item);
	else
		buf_add_slice(to, item);
	if (to->len > 1 && memcmp(to->at + to->len - 2, ",}", 2) == 0) {        /* the item was {} */
		to->at[to->len - 2] = '}';
		to->len--;
	}
}
