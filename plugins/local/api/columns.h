/* columns.h: what each kind shows in a table: its columns and the cells of a row. Source:
 * k8s.io/kubernetes/pkg/printers/ internalversion/printers.go. */
#pragma once

#include <jv.h>
#include <stdint.h>

#include "api/kind.h"

#define TABLE_OF(name, count)                                                                                          \
	extern const struct column name##_columns[count];                                                              \
	jv name##_cells(jv object, int64_t now)

TABLE_OF(namespace, 3);
TABLE_OF(node, 10);
TABLE_OF(pod, 9);
TABLE_OF(pod_template, 4);
TABLE_OF(event, 10);
TABLE_OF(config_map, 3);
TABLE_OF(secret, 4);
TABLE_OF(service_account, 2);
TABLE_OF(service, 7);
TABLE_OF(endpoints, 3);
TABLE_OF(deployment, 8);
TABLE_OF(replica_set, 8);
TABLE_OF(controller_revision, 4);
TABLE_OF(lease, 3);
