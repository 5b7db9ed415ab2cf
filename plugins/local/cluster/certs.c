#include "cluster/certs.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdbool.h>
#include <time.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/files.h"
#include "base/mem.h"

#define DAY (24 * 60 * 60)
#define RENEW_DAYS 60
#define MAX_PEM (64 * 1024)

/* A certificate and its key. */
struct pair {
	gnutls_x509_crt_t crt;
	gnutls_x509_privkey_t key;
};

static void pair_release(struct pair *pair)
{
	gnutls_x509_crt_deinit(pair->crt);
	gnutls_x509_privkey_deinit(pair->key);
	*pair = (struct pair){ 0 };
}

/* What is signed for whom. */
struct profile {
	const char *file;
	const char *dn;
	int days;
	bool authority;
	unsigned usage;
	const char *purpose;
	const char *const *names; /* DNS names and addresses */
};

static const char *const server_names[] = { "localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc",
	"kubernetes.default.svc.cluster.local", NULL };
static const unsigned char loopback4[] = { 127, 0, 0, 1 };
static const unsigned char loopback6[] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 };

static const struct profile authority = { .file = "ca",
	.dn = "CN=klocal-ca",
	.days = 3650,
	.authority = true,
	.usage = GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_DIGITAL_SIGNATURE };
static const struct profile leaves[] = {
	{ .file = "server",
		.dn = "CN=klocal",
		.days = 365,
		.usage = GNUTLS_KEY_DIGITAL_SIGNATURE,
		.purpose = GNUTLS_KP_TLS_WWW_SERVER,
		.names = server_names },
	{ .file = "admin",
		.dn = "CN=admin,O=system:masters",
		.days = 365,
		.usage = GNUTLS_KEY_DIGITAL_SIGNATURE,
		.purpose = GNUTLS_KP_TLS_WWW_CLIENT },
};

static int tls_err(struct err *err, int result, const char *what, const char *file)
{
	return err_set(err, ERR_FAILED, NULL, "%s %s: %s", what, file, gnutls_strerror(result));
}

static int read_pem(const char *dir, const char *file, const char *suffix, struct buf *pem)
{
	scoped_free char *path = mem_printf("%s/%s.%s", dir, file, suffix);

	return buf_read_file(pem, path, MAX_PEM);
}

static gnutls_datum_t datum(const struct buf *buf)
{
	return (gnutls_datum_t){ (unsigned char *)buf->at, (unsigned)buf->len };
}

/* Whether both files are there and read. */
static bool pair_load(struct pair *pair, const char *dir, const struct profile *profile)
{
	scoped(buf) struct buf crt = { 0 }, key = { 0 };
	gnutls_datum_t crt_pem, key_pem;

	if (read_pem(dir, profile->file, "crt", &crt) < 0 || read_pem(dir, profile->file, "key", &key) < 0)
		return false;
	crt_pem = datum(&crt);
	key_pem = datum(&key);
	return gnutls_x509_crt_init(&pair->crt) >= 0 && gnutls_x509_privkey_init(&pair->key) >= 0 &&
	       gnutls_x509_crt_import(pair->crt, &crt_pem, GNUTLS_X509_FMT_PEM) >= 0 &&
	       gnutls_x509_privkey_import(pair->key, &key_pem, GNUTLS_X509_FMT_PEM) >= 0;
}

/* Whether it holds for long enough, its key is its own, and issuer signed it. */
static bool pair_good(const struct pair *pair, const struct pair *issuer)
{
	unsigned char of_crt[64], of_key[64];
	size_t crt_len = sizeof of_crt, key_len = sizeof of_key;
	unsigned verdict = 0;

	if (gnutls_x509_crt_get_key_id(pair->crt, 0, of_crt, &crt_len) < 0 ||
		gnutls_x509_privkey_get_key_id(pair->key, 0, of_key, &key_len) < 0)
		return false;
	return crt_len == key_len && memcmp(of_crt, of_key, crt_len) == 0 &&
	       gnutls_x509_crt_get_expiration_time(pair->crt) > time(NULL) + RENEW_DAYS * DAY &&
	       gnutls_x509_crt_verify(pair->crt, &issuer->crt, 1, 0, &verdict) >= 0 && verdict == 0;
}

static int set_names(gnutls_x509_crt_t crt, const char *const *names)
{
	int result = 0;

	for (; names && *names && result >= 0; names++)
		result = gnutls_x509_crt_set_subject_alt_name(
			crt, GNUTLS_SAN_DNSNAME, *names, strlen(*names), GNUTLS_FSAN_APPEND);
	if (!names || result < 0)
		return result;
	result = gnutls_x509_crt_set_subject_alt_name(
		crt, GNUTLS_SAN_IPADDRESS, loopback4, sizeof loopback4, GNUTLS_FSAN_APPEND);
	return result < 0 ? result
			  : gnutls_x509_crt_set_subject_alt_name(
				    crt, GNUTLS_SAN_IPADDRESS, loopback6, sizeof loopback6, GNUTLS_FSAN_APPEND);
}

static int set_ids(const struct pair *pair, const struct pair *issuer)
{
	unsigned char id[64];
	size_t len = sizeof id;
	int result = gnutls_x509_crt_get_key_id(pair->crt, 0, id, &len);

	if (result >= 0)
		result = gnutls_x509_crt_set_subject_key_id(pair->crt, id, len);
	len = sizeof id;
	if (result >= 0)
		result = gnutls_x509_privkey_get_key_id(issuer->key, 0, id, &len);
	return result < 0 ? result : gnutls_x509_crt_set_authority_key_id(pair->crt, id, len);
}

static int set_serial(gnutls_x509_crt_t crt)
{
	unsigned char serial[16];
	int result = gnutls_rnd(GNUTLS_RND_NONCE, serial, sizeof serial);

	serial[0] &= 0x7f; /* a positive number */
	return result < 0 ? result : gnutls_x509_crt_set_serial(crt, serial, sizeof serial);
}

static int fill(const struct pair *pair, const struct profile *profile, const struct pair *issuer)
{
	gnutls_x509_crt_t crt = pair->crt;
	time_t now = time(NULL);
	int result;

	/* An hour back, for clients whose clock is behind. */
	if ((result = gnutls_x509_crt_set_version(crt, 3)) < 0 || (result = set_serial(crt)) < 0 ||
		(result = gnutls_x509_crt_set_activation_time(crt, now - 3600)) < 0 ||
		(result = gnutls_x509_crt_set_expiration_time(crt, now + (time_t)profile->days * DAY)) < 0 ||
		(result = gnutls_x509_crt_set_dn(crt, profile->dn, NULL)) < 0 ||
		(result = gnutls_x509_crt_set_key(crt, pair->key)) < 0 ||
		(result = gnutls_x509_crt_set_basic_constraints(crt, profile->authority, -1)) < 0 ||
		(result = gnutls_x509_crt_set_key_usage(crt, profile->usage)) < 0 ||
		(result = set_names(crt, profile->names)) < 0 || (result = set_ids(pair, issuer)) < 0)
		return result;
	if (profile->purpose && (result = gnutls_x509_crt_set_key_purpose_oid(crt, profile->purpose, 0)) < 0)
		return result;
	return gnutls_x509_crt_sign2(crt, issuer->crt, issuer->key, GNUTLS_DIG_SHA256, 0);
}

static int write_pem(const char *dir, const char *file, const char *suffix, gnutls_datum_t *pem, struct err *err)
{
	scoped_free char *path = mem_printf("%s/%s.%s", dir, file, suffix);
	int result = files_write(path, pem->data, pem->size, err);

	gnutls_free(pem->data);
	return result;
}

static int pair_save(const struct pair *pair, const char *dir, const char *file, struct err *err)
{
	gnutls_datum_t crt = { 0 }, key = { 0 };
	int result = gnutls_x509_privkey_export2(pair->key, GNUTLS_X509_FMT_PEM, &key);

	if (result < 0 || write_pem(dir, file, "key", &key, err) < 0)
		return result < 0 ? tls_err(err, result, "writing the key of", file) : -1;
	result = gnutls_x509_crt_export2(pair->crt, GNUTLS_X509_FMT_PEM, &crt);
	return result < 0 ? tls_err(err, result, "writing the certificate of", file)
			  : write_pem(dir, file, "crt", &crt, err);
}

/* issuer NULL: signs itself. */
static int pair_make(
	struct pair *pair, const struct profile *profile, const struct pair *issuer, const char *dir, struct err *err)
{
	int result;

	pair_release(pair);
	if ((result = gnutls_x509_crt_init(&pair->crt)) < 0 || (result = gnutls_x509_privkey_init(&pair->key)) < 0 ||
		(result = gnutls_x509_privkey_generate(
			 pair->key, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0)) < 0 ||
		(result = fill(pair, profile, issuer ? issuer : pair)) < 0)
		return tls_err(err, result, "making the certificate of", profile->file);
	return pair_save(pair, dir, profile->file, err);
}

/* 1: made; 0: was good; -1. */
static int pair_ensure(
	struct pair *pair, const struct profile *profile, const struct pair *issuer, const char *dir, struct err *err)
{
	if (pair_load(pair, dir, profile) && pair_good(pair, issuer ? issuer : pair))
		return 0;
	return pair_make(pair, profile, issuer, dir, err) < 0 ? -1 : 1;
}

int certs_ensure(const char *dir, struct err *err)
{
	scoped(pair) struct pair ca = { 0 };
	int made = pair_ensure(&ca, &authority, NULL, dir, err);

	for (size_t i = 0; made >= 0 && i < sizeof leaves / sizeof *leaves; i++) {
		scoped(pair) struct pair leaf = { 0 };
		int one = pair_ensure(&leaf, &leaves[i], &ca, dir, err);

		made = one < 0 ? -1 : made | one;
	}
	return made;
}
