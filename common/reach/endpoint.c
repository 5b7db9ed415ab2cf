#include "reach/endpoint.h"

#include <string.h>

#include "reach/exec_plugin.h"

static void forget(char *secret)
{
	if (secret)
		explicit_bzero(secret, strlen(secret));
	free(secret);
}

void endpoint_release(struct endpoint *endpoint)
{
	free(endpoint->server);
	free(endpoint->tls_server_name);
	free(endpoint->proxy_url);
	free(endpoint->ca);
	free(endpoint->certificate);
	forget(endpoint->key);
	forget(endpoint->token);
	free(endpoint->token_file);
	free(endpoint->user);
	forget(endpoint->password);
	strs_release(&endpoint->impersonate);
	exec_plugin_free(endpoint->exec);
	*endpoint = (struct endpoint){ 0 };
}
