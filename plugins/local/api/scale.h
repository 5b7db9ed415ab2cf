/* scale.h: the subresource scale: an object's spec.replicas, read and written as a Scale. */
#pragma once

struct request;

int scale_handle(struct request *request);
