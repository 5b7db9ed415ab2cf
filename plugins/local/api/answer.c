#include "api/answer.h"

#include "api/body.h"
#include "api/kind.h"
#include "api/request.h"
#include "api/table.h"
#include "formats/indent.h"
#include "formats/jvs.h"
#include "formats/yamls.h"

void answer_finish(struct request *request, int code, struct buf *json)
{
	struct answer *answer = &request->answer;

	answer->code = code;
	answer->type = request->media.yaml ? "application/yaml" : "application/json";
	buf_clear(&answer->bytes);
	if (request->media.yaml) {
		scoped(jv) jv value = jv_null();

		jvs_parse(buf_slice(json), &value, NULL);
		yamls_print(value, &answer->bytes);
	} else if (request->media.pretty) {
		indent_add(&answer->bytes, buf_slice(json), 0, 2);
	} else {
		buf_add_char(json, '\n');
		buf_release(&answer->bytes);
		answer->bytes = *json;
		*json = (struct buf){ 0 };
	}
}

void answer_json(struct request *request, int code, jv object)
{
	scoped(buf) struct buf json = {0};

	jvs_print(object, &json);
	answer_finish(request, code, &json);
}

void answer_text(struct request *request, int code, const char *text)
{
	request->answer.code = code;
	request->answer.type = "text/plain; charset=utf-8";
	buf_clear(&request->answer.bytes);
	buf_add_text(&request->answer.bytes, text);
}

void answer_open(struct buf *to, const struct kind *kind)
{
	buf_printf(to, "{\"kind\":\"%s\",\"apiVersion\":\"%s%s%s\",", kind->kind, kind->group, *kind->group ? "/" : "",
		kind->version);
}

/* The body as the kind has it, which may be stored as another. One reference, the caller's; body is lent. */
static struct body *body_as(const struct kind *kind, const struct body *body)
{
	scoped(jv) jv stored = jv_null(), converted = jv_null();

	if (!kind->from_stored)
		return body_ref((struct body *)body);
	stored = body_parse(body, kind->stored_as);
	converted = kind->from_stored(stored);
	return body_new(kind, converted);
}

void answer_add_item(struct buf *to, const struct kind *kind, const struct body *body)
{
	scoped(body) struct body *item = body_as(kind, body);

	buf_add_slice(to, body_object(item));
}

void answer_add(struct buf *to, const struct kind *kind, const struct body *body)
{
	scoped(body) struct body *item = body_as(kind, body);
	struct slice object = body_object(item);

	answer_open(to, kind);
	buf_add(to, object.at + 1, object.len - 1);
}

void answer_add_metadata(struct buf *to, const struct body *body, bool v1beta1)
{
	buf_printf(to, "{\"kind\":\"PartialObjectMetadata\",\"apiVersion\":\"meta.k8s.io/%s\",\"metadata\":",
		v1beta1 ? "v1beta1" : "v1");
	buf_add_slice(to, body_metadata(body));
	buf_add_char(to, '}');
}

int answer_body(struct request *request, int code, const struct body *body)
{
	scoped(buf) struct buf json = {0};

	if (request->media.form == FORM_TABLE)
		return table_answer(request, code, body);
	if (request->media.form == FORM_METADATA)
		answer_add_metadata(&json, body, request->media.v1beta1);
	else
		answer_add(&json, request->kind, body);
	answer_finish(request, code, &json);
	return 0;
}

int answer_object(struct request *request, int code, jv object)
{
	scoped(body) struct body *body = NULL;

	if (request->media.form == FORM_OBJECT) {
		answer_json(request, code, object);
		return 0;
	}
	body = body_new(request->kind, object);
	return answer_body(request, code, body);
}
