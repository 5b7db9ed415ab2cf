/* discover.h: what the server is and serves: /version, /, /api, /apis in both forms, and /openapi/v3. */
#pragma once

struct request;

/* Answers whatever is no resource; 404 for what is nothing at all. */
void discover_handle(struct request *request);
