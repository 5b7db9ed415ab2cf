#include "formats/labelparse.h"

#include "base/err.h"
#include "base/mem.h"
#include "formats/jvs.h"
#include "formats/labels.h"
#include "formats/requirement.h"

enum kind {
	END,
	WORD,           /* "in" and "notin" too, where no operator is looked for */
	NOT,
	COMMA,
	OPEN,
	CLOSE,
	OPERATOR,
};

struct token {
	enum kind kind;
	enum operator op;
	const char *at;
	size_t len;
};

/* Longer marks first. */
static const struct {
	const char *text;
	enum kind kind;
	enum operator op;
} marks[] = {
	{ "!=", OPERATOR, OP_NOT_EQUALS },
	{ "==", OPERATOR, OP_DOUBLE_EQUALS },
	{ "=", OPERATOR, OP_EQUALS },
	{ ">", OPERATOR, OP_GREATER },
	{ "<", OPERATOR, OP_LESS },
	{ "!", NOT, 0 },
	{ ",", COMMA, 0 },
	{ "(", OPEN, 0 },
	{ ")", CLOSE, 0 },
};

struct parser {
	const char *rest;
	struct token token;     /* the next one, not yet taken */
};

static void scan(struct parser *parser)
{
	const char *at = parser->rest + strspn(parser->rest, " \t\r\n");

	parser->token = (struct token){ .kind = *at ? WORD : END, .at = at, .len = strcspn(at, "=!(),>< \t\r\n") };
	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
		if (!parser->token.len && strncmp(at, marks[i].text, strlen(marks[i].text)) == 0)
			parser->token = (struct token){ marks[i].kind, marks[i].op, at, strlen(marks[i].text) };
	parser->rest = at + parser->token.len;
}

static struct token take(struct parser *parser)
{
	struct token taken = parser->token;

	scan(parser);
	return taken;
}

static char *text_of(const struct token *token)
{
	return mem_dup_n(token->at, token->len);
}

static int unexpected(const struct token *token, const char *wanted, struct err *err)
{
	return err_set(err, ERR_USAGE, NULL, "found '%.*s'%s", (int)token->len, token->at, wanted);
}

static int parse_key(struct parser *parser, struct requirement *requirement, struct err *err)
{
	scoped(strs) struct strs wrong = { 0 };
	scoped(buf) struct buf quoted = { 0 };
	scoped(jv) jv text = jv_null();
	struct token token = take(parser);
	scoped_free char *joined = NULL;
	bool not = token.kind == NOT;

	if (not)
		token = take(parser);
	if (token.kind != WORD)
		return unexpected(&token, ", expected: identifier", err);
	requirement->key = text_of(&token);
	labels_check_key(requirement->key, &wrong);
	if (wrong.len) {
		/* Upstream has no path to name here, and says so. */
		joined = strs_join(&wrong, "; ");
		text = jv_string(requirement->key);
		jvs_print(text, &quoted);
		return err_set(err, ERR_USAGE, NULL, "<nil>: Invalid value: %s: %s", buf_text(&quoted), joined);
	}
	if (not)
		requirement->op = OP_NOT_EXISTS;
	else if (parser->token.kind == END || parser->token.kind == COMMA)
		requirement->op = OP_EXISTS;
	else
		return 1;
	return 0;
}

static int parse_operator(struct parser *parser, enum operator *op, struct err *err)
{
	struct token token = take(parser);

	*op = token.op;
	if (token.kind == OPERATOR)
		return 0;
	if (token.kind == WORD && token.len == 2 && strncmp(token.at, "in", 2) == 0)
		*op = OP_IN;
	else if (token.kind == WORD && token.len == 5 && strncmp(token.at, "notin", 5) == 0)
		*op = OP_NOT_IN;
	else
		return unexpected(&token, ", expected: in, notin, =, ==, !=, gt, lt", err);
	return 0;
}

/* Values are a set. Takes text. */
static void add_value(struct strs *values, char *text)
{
	if (strs_has(values, text))
		free(text);
	else
		strs_take(values, text);
}

/* What stands in the parentheses, empty values too: "(a,,b)", "(,a)". */
static int parse_list(struct parser *parser, struct strs *values, struct err *err)
{
	while (true) {
		struct token token = take(parser);

		if (token.kind == WORD) {
			add_value(values, text_of(&token));
			if (parser->token.kind == CLOSE)
				return 0;
			if (parser->token.kind != COMMA)
				return unexpected(&parser->token, ", expected: ',' or ')'", err);
		} else if (token.kind == COMMA) {
			if (!values->len || parser->token.kind == CLOSE || parser->token.kind == COMMA)
				add_value(values, mem_dup(""));
			if (parser->token.kind == CLOSE)
				return 0;
			if (parser->token.kind == COMMA)
				take(parser);
		} else {
			return unexpected(&token, ", expected: ',', or identifier", err);
		}
	}
}

static int parse_set(struct parser *parser, struct strs *values, struct err *err)
{
	struct token token = take(parser);

	if (token.kind != OPEN)
		return unexpected(&token, " expected: '('", err);
	if (parser->token.kind == CLOSE)
		add_value(values, mem_dup(""));
	else if (parser->token.kind != WORD && parser->token.kind != COMMA)
		return unexpected(&parser->token, ", expected: ',', ')' or identifier", err);
	else if (parse_list(parser, values, err) < 0)
		return -1;
	take(parser);   /* the ) */
	return 0;
}

static int parse_one(struct parser *parser, struct strs *values, struct err *err)
{
	struct token token;

	if (parser->token.kind == END || parser->token.kind == COMMA) {
		add_value(values, mem_dup(""));
		return 0;
	}
	token = take(parser);
	if (token.kind != WORD)
		return unexpected(&token, ", expected: identifier", err);
	add_value(values, text_of(&token));
	return 0;
}

static int parse_requirement(struct parser *parser, struct requirement *requirement, struct err *err)
{
	int more = parse_key(parser, requirement, err);

	if (more < 0)
		return -1;
	if (more) {
		if (parse_operator(parser, &requirement->op, err) < 0)
			return -1;
		if (requirement->op == OP_IN || requirement->op == OP_NOT_IN)
			more = parse_set(parser, &requirement->values, err);
		else
			more = parse_one(parser, &requirement->values, err);
		if (more < 0)
			return -1;
	}
	return requirement_check(requirement, err);
}

int labelparse(const char *text, void (*add)(void *arg, struct requirement *requirement), void *arg, struct err *err)
{
	struct parser parser = { .rest = text };

	scan(&parser);
	while (parser.token.kind != END) {
		scoped(requirement) struct requirement requirement = { 0 };
		struct token token = parser.token;

		if (token.kind != WORD && token.kind != NOT)
			return unexpected(&token, ", expected: !, identifier, or 'end of string'", err);
		if (parse_requirement(&parser, &requirement, err) < 0)
			return err_wrap(err, "unable to parse requirement");
		add(arg, &requirement);
		token = take(&parser);
		if (token.kind == COMMA && parser.token.kind != WORD && parser.token.kind != NOT)
			return unexpected(&parser.token, ", expected: identifier after ','", err);
		if (token.kind != COMMA && token.kind != END)
			return unexpected(&token, ", expected: ',' or 'end of string'", err);
	}
	return 0;
}
