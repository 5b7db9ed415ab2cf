/* creates SOCKET COUNT CONNECTIONS [NODE]: makes pods bench-00000 and on in the namespace default over so many
 * connections to the API's Unix socket; prints how many a second were answered with 201. NODE: the pods are bound to
 * it. */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/scoped.h"

struct worker {
	CURL *easy;
	char *body;             /* of the pod under way */
};

struct creates {
	CURLM *multi;
	struct curl_slist *headers;
	const char *socket, *node;
	long next, count, answered, refused;
};

static char *pod(const struct creates *creates, long number)
{
	return mem_printf(
		"{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"bench-%05ld\",\"labels\":{"
		"\"app\":\"bench\",\"shard\":\"%ld\",\"tier\":\"backend\"},\"annotations\":{\"example.com/owner\":"
		"\"the people who measure\"}},\"spec\":{%s%s%s\"containers\":[{\"name\":\"main\","
		"\"image\":\"test/busybox:1\",\"command\":[\"sh\",\"-c\",\"exec httpd -f -p 80 -h /www\"],"
		"\"ports\":[{\"containerPort\":80}],\"env\":[{\"name\":\"NUMBER\",\"value\":\"%ld\"},"
		"{\"name\":\"MODE\",\"value\":\"bench\"}]}]}}",
		number, number % 16, creates->node ? "\"nodeName\":\"" : "", creates->node ? creates->node : "",
		creates->node ? "\"," : "", number);
}

static size_t ignore(char *at, size_t size, size_t count, void *arg)
{
	(void)at;
	(void)arg;
	return size * count;
}

/* Sends the worker's next pod, or nothing where all are made. */
static void worker_go(struct creates *creates, struct worker *worker)
{
	free(worker->body);
	worker->body = NULL;
	if (creates->next == creates->count)
		return;
	worker->body = pod(creates, creates->next++);
	curl_easy_setopt(worker->easy, CURLOPT_POSTFIELDS, worker->body);
	curl_multi_add_handle(creates->multi, worker->easy);
}

static void worker_start(struct creates *creates, struct worker *worker)
{
	worker->easy = curl_easy_init();
	curl_easy_setopt(worker->easy, CURLOPT_UNIX_SOCKET_PATH, creates->socket);
	curl_easy_setopt(worker->easy, CURLOPT_URL, "http://localhost/api/v1/namespaces/default/pods");
	curl_easy_setopt(worker->easy, CURLOPT_HTTPHEADER, creates->headers);
	curl_easy_setopt(worker->easy, CURLOPT_WRITEFUNCTION, ignore);
	curl_easy_setopt(worker->easy, CURLOPT_PRIVATE, worker);
	worker_go(creates, worker);
}

static void finished(struct creates *creates, CURL *easy)
{
	struct worker *worker;
	long code = 0;

	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &code);
	curl_easy_getinfo(easy, CURLINFO_PRIVATE, &worker);
	creates->answered += code == 201;
	creates->refused += code != 201;
	curl_multi_remove_handle(creates->multi, easy);
	worker_go(creates, worker);
}

static void run(struct creates *creates)
{
	int running = 1, left;
	CURLMsg *message;

	while (running || creates->answered + creates->refused < creates->count) {
		curl_multi_perform(creates->multi, &running);
		while ((message = curl_multi_info_read(creates->multi, &left)))
			if (message->msg == CURLMSG_DONE)
				finished(creates, message->easy_handle);
		curl_multi_poll(creates->multi, NULL, 0, 1000, NULL);
	}
}

int main(int argc, char **argv)
{
	struct creates creates = { .multi = curl_multi_init() };
	struct worker *workers;
	int connections;
	int64_t began;

	if (argc < 4) {
		fprintf(stderr, "creates SOCKET COUNT CONNECTIONS [NODE]\n");
		return 2;
	}
	creates.socket = argv[1];
	creates.count = atol(argv[2]);
	creates.node = argv[4];
	creates.headers = curl_slist_append(NULL, "Content-Type: application/json");
	creates.headers = curl_slist_append(creates.headers, "Expect:");
	creates.headers = curl_slist_append(creates.headers, "User-Agent: podline-bench");
	connections = atoi(argv[3]);
	workers = mem_array(connections, sizeof *workers);
	curl_multi_setopt(creates.multi, CURLMOPT_MAXCONNECTS, (long)connections);
	began = clock_ms();
	for (int i = 0; i < connections; i++)
		worker_start(&creates, &workers[i]);
	run(&creates);
	printf("%ld\n", creates.answered * 1000 / (clock_ms() - began + 1));
	for (int i = 0; i < connections; i++)
		curl_easy_cleanup(workers[i].easy);
	free(workers);
	curl_slist_free_all(creates.headers);
	curl_multi_cleanup(creates.multi);
	if (creates.refused)
		fprintf(stderr, "creates: %ld were refused\n", creates.refused);
	return creates.refused != 0;
}
