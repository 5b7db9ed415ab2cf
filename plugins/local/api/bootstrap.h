/* bootstrap.h: what a new cluster begins with: its namespaces, and the service that stands for this server. */
#pragma once

struct api;
struct err;

/* Makes what is missing. port: of the server, or 0. 0 or -1. */
int bootstrap(struct api *api, int port, struct err *err);
