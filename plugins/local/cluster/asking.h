/* asking.h: asks the minder of a cluster (minder.h tells what it answers). */
#pragma once

#include <jv.h>
#include <stdint.h>

struct err;

/* A connection to the minder, or -1: nobody listens (ERR_UNREACHABLE). */
int asking_open(const char *cluster, struct err *err);

/* Sends a request. 0 or -1. */
int asking_send(int fd, const char *request, struct err *err);

/* The next answer, owned. 1; 0: the minder has ended; -1: an error it told, or nothing by the deadline (clock_ms()). */
int asking_next(int fd, int64_t deadline, jv *answer, struct err *err);

/* The pid of who listens there, 0 where it cannot be told. */
int asking_pid(int fd);
