/* certs.h: the cluster's own authority and what it signs (GnuTLS), as owner-only PEM files in the state folder: ca.crt,
 * ca.key, server.crt, server.key, admin.crt, admin.key. ECDSA P-256: made in a millisecond. */
#pragma once

struct err;

/* Makes what is missing, does not read, was signed by another authority, or ends within 60 days. 1: something was made,
 * whoever holds the old ones reads them again; 0: all was there; -1. */
int certs_ensure(const char *dir, struct err *err);
