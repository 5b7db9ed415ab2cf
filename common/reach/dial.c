#include "reach/dial.h"

#include <ctype.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "reach/credentials.h"
#include "reach/endpoint.h"

#define CONNECT_LIMIT_MS 30000L         /* as client-go's dialer */
#define KEEPALIVE_IDLE_S 30L
#define KEEPALIVE_EACH_S 10L
#define UNANSWERED_LIMIT_MS 60000U      /* for bytes that we sent, to a peer that vanished without a word */

static bool starts(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

static bool is_near(struct slice host)
{
	static const char *const names[] = { "localhost", "[::1]", "::1" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (slice_is(host, names[i]))
			return true;
	return host.len > 4 && starts(host.at, "127.");
}

/* The parts of "SCHEME://HOST[:PORT][/PREFIX]"; port has its colon. */
static void split(const char *server, struct slice *scheme, struct slice *host, struct slice *port, const char **prefix)
{
	const char *at = strstr(server, "://"), *end, *colon;

	at = at ? at + 3 : server;
	*scheme = (struct slice){ server, (size_t)(at - server) };
	end = strchrnul(at, '/');
	colon = *at == '[' ? memchr(at, ']', (size_t)(end - at)) : at;
	colon = colon ? memchr(colon, ':', (size_t)(end - colon)) : NULL;
	if (!colon)
		colon = end;
	*host = (struct slice){ at, (size_t)(colon - at) };
	*port = (struct slice){ colon, (size_t)(end - colon) };
	*prefix = end;
}

/* Who logs in by the address ("https://me:secret@host") is not told of. */
static char *without_user(struct slice scheme, struct slice host, struct slice port, const char *prefix)
{
	const char *at = memchr(host.at, '@', (size_t)(prefix - host.at));

	if (!at)
		return mem_printf("%.*s%.*s%.*s%s", (int)scheme.len, scheme.at, (int)host.len, host.at, (int)port.len,
			port.at, prefix);
	return mem_printf("%.*s%.*s%s", (int)scheme.len, scheme.at, (int)(prefix - at - 1), at + 1, prefix);
}

/* The certificate is to be for another name than the address: the URL bears that name, and curl is told where it is. */
static void rename_server(struct dial *dial, struct slice scheme, struct slice host, struct slice port,
	const char *prefix)
{
	free(dial->base);
	dial->base = mem_printf("%.*s%s%.*s%s", (int)scheme.len, scheme.at, dial->endpoint->tls_server_name,
		(int)port.len, port.at, prefix);
	dial->host = mem_printf("Host: %.*s%.*s", (int)host.len, host.at, (int)port.len, port.at);
	dial->connect_to = mem_printf("::%.*s:%.*s", (int)host.len, host.at, port.len ? (int)port.len - 1 : 0,
		port.len ? port.at + 1 : "");
	dial->connect_list = curl_slist_append(NULL, dial->connect_to);
}

/* Go asks a SOCKS5 proxy for names, which curl calls socks5h; and neither asks a proxy for this machine. */
static char *proxy_for(const struct endpoint *endpoint, bool near)
{
	if (!endpoint->proxy_url || !*endpoint->proxy_url)
		return near ? mem_dup("") : NULL;
	if (starts(endpoint->proxy_url, "socks5://"))
		return mem_printf("socks5h%s", endpoint->proxy_url + strlen("socks5"));
	return mem_dup(endpoint->proxy_url);
}

void dial_init(struct dial *dial, const struct endpoint *endpoint)
{
	struct slice scheme, host, port;
	const char *prefix;

	*dial = (struct dial){ .endpoint = endpoint };
	if (starts(endpoint->server, "unix://")) {
		dial->shown = mem_dup(endpoint->server);
		dial->socket = mem_dup(endpoint->server + strlen("unix://"));
		dial->base = mem_dup("http://localhost");
		dial->near = true;
		dial->proxy = mem_dup("");
		return;
	}
	split(endpoint->server, &scheme, &host, &port, &prefix);
	dial->shown = without_user(scheme, host, port, prefix);
	dial->base = mem_dup(endpoint->server);
	dial->near = is_near(host);
	dial->proxy = proxy_for(endpoint, dial->near);
	if (endpoint->tls_server_name && *endpoint->tls_server_name)
		rename_server(dial, scheme, host, port, prefix);
	for (size_t len = strlen(dial->base); len && dial->base[len - 1] == '/'; len--)
		dial->base[len - 1] = '\0';
}

void dial_release(struct dial *dial)
{
	free(dial->shown);
	free(dial->base);
	free(dial->socket);
	free(dial->host);
	free(dial->connect_to);
	free(dial->proxy);
	curl_slist_free_all(dial->connect_list);
	*dial = (struct dial){ 0 };
}

/* curl reads it while it connects: it is lent as long as the endpoint and the credentials are. */
static struct curl_blob blob_of(const char *text)
{
	return (struct curl_blob){ .data = (void *)text, .len = strlen(text), .flags = CURL_BLOB_COPY };
}

static void set_trust(const struct dial *dial, CURL *easy, const struct secret *secret)
{
	const struct endpoint *endpoint = dial->endpoint;

	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, endpoint->insecure ? 0L : 1L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, endpoint->insecure ? 0L : 2L);
	if (endpoint->ca) {
		struct curl_blob ca = blob_of(endpoint->ca);

		curl_easy_setopt(easy, CURLOPT_CAINFO_BLOB, &ca);
		curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);   /* or the system's would be trusted besides */
	}
	if (secret && secret->certificate && secret->key) {
		struct curl_blob certificate = blob_of(secret->certificate), key = blob_of(secret->key);

		curl_easy_setopt(easy, CURLOPT_SSLCERT_BLOB, &certificate);
		curl_easy_setopt(easy, CURLOPT_SSLCERTTYPE, "PEM");
		curl_easy_setopt(easy, CURLOPT_SSLKEY_BLOB, &key);
		curl_easy_setopt(easy, CURLOPT_SSLKEYTYPE, "PEM");
	}
}

/* A Unix socket refuses the second, which is fine. */
static int on_socket(void *arg, curl_socket_t fd, curlsocktype purpose)
{
	unsigned limit = UNANSWERED_LIMIT_MS;

	(void)arg;
	(void)purpose;
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &limit, sizeof limit);
	return CURL_SOCKOPT_OK;
}

void dial_set(const struct dial *dial, CURL *easy, const char *path, const struct secret *secret)
{
	scoped_free char *url = mem_printf("%s%s", dial->base, path);

	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	/* Measured on a real server, HTTP/2 was slower for lists; and a paused stream would hold up its neighbours. */
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_LIMIT_MS);
	curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, on_socket);
	if (dial->proxy)
		curl_easy_setopt(easy, CURLOPT_PROXY, dial->proxy);
	if (dial->socket) {
		curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, dial->socket);
		return;
	}
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, KEEPALIVE_IDLE_S);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPINTVL, KEEPALIVE_EACH_S);
	if (!dial->near)
		curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
	if (dial->connect_list)
		curl_easy_setopt(easy, CURLOPT_CONNECT_TO, dial->connect_list);
	set_trust(dial, easy, secret);
}

static const char *noun(const struct dial *dial)
{
	return dial->endpoint->noun ? dial->endpoint->noun : "cluster";
}

static int not_reachable(const struct dial *dial, const char *why, struct err *err)
{
	const char *hint = dial->endpoint->hint;
	bool proxy = dial->proxy && *dial->proxy;
	scoped_free char *text = mem_dup(why);

	/* "connection refused", but "SSL …" stays. */
	if (text[0] && !isupper((unsigned char)text[1]))
		text[0] = (char)tolower((unsigned char)text[0]);
	return err_set(err, ERR_UNREACHABLE, NULL, "%s at %s not reachable%s: %s%s%s%s", noun(dial), dial->shown,
		proxy ? " through its proxy" : "", text, hint ? " (" : "", hint ? hint : "", hint ? ")" : "");
}

static const char *system_words(CURL *easy, const char *otherwise)
{
	long number = 0;

	curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &number);
	return number ? strerror((int)number) : otherwise;
}

int dial_err(const struct dial *dial, CURL *easy, CURLcode code, const char *words, struct err *err)
{
	const char *text = words && *words ? words : curl_easy_strerror(code);

	switch (code) {
	case CURLE_COULDNT_CONNECT:
		return not_reachable(dial, system_words(easy, text), err);
	case CURLE_OPERATION_TIMEDOUT:
		return err_set(err, ERR_TIMEOUT, NULL, "%s at %s: %s", noun(dial), dial->shown, text);
	case CURLE_PARTIAL_FILE:
		return err_set(err, ERR_UNREACHABLE, NULL, "%s at %s: the answer was cut off: %s", noun(dial),
			dial->shown, text);
	case CURLE_GOT_NOTHING:
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
		return err_set(err, ERR_UNREACHABLE, NULL, "%s at %s: the connection was lost: %s", noun(dial),
			dial->shown, system_words(easy, text));
	case CURLE_SSL_CERTPROBLEM:
		return err_set(err, ERR_FAILED, NULL, "the client certificate for %s cannot be used: %s",
			dial->shown, text);
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
		return err_set(err, ERR_UNREACHABLE, NULL, "%s at %s is not to be trusted: %s", noun(dial),
			dial->shown, text);
	default:
		return not_reachable(dial, text, err);
	}
}
