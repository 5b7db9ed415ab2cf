/* login.h: who asks: by the socket, by a client certificate, or by a token of the file tokens.csv, as kube-apiserver's
 * --token-auth-file reads it (token,user,uid,"group,group"). */
#pragma once

#include <stdbool.h>

#include "base/buf.h"
#include "base/scoped.h"

struct err;
struct login;
struct user;

struct login *login_new(const char *dir);       /* a file that is not there holds no tokens */
void login_free(struct login *login);
SCOPED_PTR(login)

/* session: gnutls's, of a connection over TLS; NULL: the Unix socket, whose users are admin. authorization: the header,
 * or NULL. Fills user; false: nobody that we know. */
bool login_user(const struct login *login, void *session, const char *authorization, struct user *user);

/* The user whose token it is; false: nobody's. */
bool login_token(const struct login *login, const char *token, struct user *user);

/* Appends a file of dir, and a NUL. 0 or -1. */
int login_read(const char *dir, const char *name, struct buf *to, struct err *err);
