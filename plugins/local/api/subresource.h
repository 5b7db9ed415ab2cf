/* subresource.h: what stands behind an object's name. */
#pragma once

struct request;

int subresource_handle(struct request *request);
