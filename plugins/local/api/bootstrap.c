#include "api/bootstrap.h"

#include "api/request.h"
#include "api/route.h"
#include "api/store.h"
#include "base/err.h"
#include "base/mem.h"

/* Asks ourselves, as any client would. body: NULL for a GET. The answer's code is in request. */
static void ask(struct api *api, struct request *request, const char *method, const char *path, const char *body)
{
	*request = (struct request){ .api = api };
	request->user_agent = mem_dup("kube-apiserver/" PODLINE_VERSION);
	request->content_type = mem_dup("application/json");
	request->user.name = mem_dup("system:apiserver");
	request->user.uid = mem_dup("");
	strs_add(&request->user.groups, "system:masters");
	if (body)
		buf_add_text(&request->body, body);
	if (route_parse(request, method, path) == 0)
		route_handle(request);
}

/* What is there already is left as it is. */
static int make(struct api *api, const char *collection, const char *name, const char *body, struct err *err)
{
	scoped_free char *path = mem_printf("%s/%s", collection, name);
	scoped(request) struct request there = { 0 }, made = { 0 };

	ask(api, &there, "GET", path, NULL);
	if (there.answer.code == 200)
		return 0;
	ask(api, &made, "POST", collection, body);
	if (made.answer.code == 201)
		return 0;
	return err_set(err, ERR_FAILED, NULL, "making %s: %s", path, buf_text(&made.answer.bytes));
}

static int make_all(struct api *api, int port, struct err *err)
{
	static const char *const namespaces[] = { "default", "kube-system", "kube-public", "kube-node-lease", NULL };
	scoped_free char *service = mem_printf(
		"{\"metadata\":{\"name\":\"kubernetes\",\"labels\":{\"component\":\"apiserver\","
		"\"provider\":\"kubernetes\"}},\"spec\":{\"clusterIP\":\"10.0.0.1\",\"ports\":[{\"name\":\"https\","
		"\"port\":443,\"protocol\":\"TCP\",\"targetPort\":%d}],\"ipFamilyPolicy\":\"SingleStack\","
		"\"sessionAffinity\":\"None\",\"type\":\"ClusterIP\"}}",
		port ? port : 443);

	for (const char *const *name = namespaces; *name; name++) {
		scoped_free char *body = mem_printf("{\"metadata\":{\"name\":\"%s\"}}", *name);

		if (make(api, "/api/v1/namespaces", *name, body, err) < 0)
			return -1;
	}
	return make(api, "/api/v1/namespaces/default/services", "kubernetes", service, err);
}

int bootstrap(struct api *api, int port, struct err *err)
{
	if (store_begin(api->store, err) < 0 || make_all(api, port, err) < 0)
		return -1;
	return store_commit(api->store, err);
}
