#include "api/persist.h"

#include <stdlib.h>

#include "api/answer.h"
#include "api/body.h"
#include "api/kind.h"
#include "api/read.h"
#include "api/request.h"
#include "api/reply.h"
#include "api/store.h"
#include "base/err.h"
#include "formats/jvs.h"

jv persist_read(const struct request *request, const struct body *body)
{
	const struct kind *kind = request->kind;
	scoped(jv) jv stored = jv_null();

	if (!kind->stored_as)
		return body_parse(body, kind);
	stored = body_parse(body, kind->stored_as);
	return kind->from_stored(stored);
}

int persist_store(struct request *request, const char *name, jv *object)
{
	const struct kind *kind = request->kind;
	struct collection *collection = store_collection(request->api->store, kind);
	scoped_free char *key = read_key(request, name);
	scoped(jv) jv stored = jv_null();
	scoped(err) struct err err = {0};
	int result;

	if (kind->stored_as) {
		stored = kind->to_stored(*object);
		result = store_put(request->api->store, collection, key, &stored, &err);
	} else {
		result = store_put(request->api->store, collection, key, object, &err);
	}
	return result < 0 ? reply_err(request, &err, jv_invalid()) : 0;
}

int persist_put(struct request *request, const char *name, jv *object, bool dry_run, int code)
{
	scoped_free char *key = read_key(request, name);

	if (dry_run)
		return answer_object(request, code, *object);
	if (persist_store(request, name, object) < 0)
		return -1;
	return answer_body(
		request, code, collection_find(store_collection(request->api->store, request->kind), key)->body);
}

int persist_remove(struct request *request, const char *name)
{
	struct collection *collection = store_collection(request->api->store, request->kind);
	scoped_free char *key = read_key(request, name);
	scoped(err) struct err err = {0};

	if (store_remove(request->api->store, collection, key, &err) < 0)
		return reply_err(request, &err, jv_invalid());
	return 0;
}
