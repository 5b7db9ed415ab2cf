/* health.h: /healthz, /livez, /readyz. */
#pragma once

struct request;

/* 1: it was about health, and is answered; 0: it is about something else. */
int health_handle(struct request *request);
