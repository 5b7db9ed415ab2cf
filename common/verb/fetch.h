/* fetch.h: a file from an http or https URL: at most 16 MiB, 30 seconds, 5 redirections, and those to http(s) only. */
#pragma once

struct buf;
struct err;

/* Appends it. 0 or -1. */
int fetch(const char *url, struct buf *to, struct err *err);
