/* kind.h: the table of kinds, and what can be done to an object from its facts alone. No code path of api knows a kind
 * that this table can describe; what a kind alone needs is a file of that kind, its functions named in the table. */
#pragma once

#include <jv.h>
#include <stdbool.h>
#include <stdint.h>

#include "api/names.h"
#include "base/buf.h"
#include "base/err.h"

/* What a hook may ask of the store. */
struct finder {
	jv (*find)(void *arg, const char *plural, const char *ns, const char *name); /* core group; owned; null: none */
	bool (*in_use)(void *arg, const char *field, const char *value); /* by a Service: "clusterIP", "nodePort" */
	void *arg;
};

/* What a kind alone needs. Any may be NULL. The order of a write is upstream's: decode, schema_default (which ends in
 * default_fields), managed_update, prepare_*, validate_*, store. What prepare_* adds has no manager. finder may be
 * NULL: then nothing is looked for, and all is found. */
struct causes;
struct kind;
struct kind_hooks {
	void (*default_fields)(jv *object);                     /* defaults the schema cannot tell */
	/* Admission, then: drop status, set phase … 0, or -1 and err is the answer (403 …). */
	int (*prepare_create)(jv *object, const struct finder *finder, struct err *err);
	void (*prepare_update)(jv *object, jv old);             /* keep what a client may not set */
	void (*prepare_status)(jv *object, jv old);             /* the same for the subresource status */
	void (*validate)(jv object, const struct finder *finder, struct causes *causes);        /* NULL: an update */
	void (*validate_update)(jv object, jv old, struct causes *causes);      /* beside validate() */
	void (*validate_status)(jv object, jv old, struct causes *causes);
	const char *const *status_resets;       /* steps (fieldset.h) below metadata that status keeps; NULL-ended */
};

/* In the file of each kind: pod.c … */
extern const struct kind_hooks pod_hooks, pod_template_hooks, deployment_hooks, replica_set_hooks, config_map_hooks,
	secret_hooks, service_hooks, service_account_hooks, endpoints_hooks, namespace_hooks, node_hooks, event_hooks,
	new_event_hooks, lease_hooks, controller_revision_hooks, scale_hooks;

/* A column of the Table form. Source of columns and cells: pkg/printers/internalversion. */
struct column {
	const char *name, *type, *format, *description;
	int priority;
};

/* A field that may stand in a field selector beside metadata.name and metadata.namespace. */
struct selectable {
	const char *label;              /* "spec.nodeName" */
	const char *path;               /* jvs path of its string; NULL: the same as label */
	const char *otherwise;          /* where it is not there; NULL: "" */
};

struct subresource {
	const char *name;               /* "status", "scale", "binding", "eviction", "log", "exec" … */
	const char *kind, *group, *version;     /* of what is read and written through it */
	const char *const *verbs;
};

struct kind {
	const char *group, *version, *kind, *list_kind, *plural, *singular;
	const char *const *short_names, *const *categories, *const *verbs;      /* NULL-ended, or NULL */
	enum name_rule name_rule;       /* of metadata.name */
	bool namespaced;
	bool create_on_update;          /* PUT makes what is not there */
	bool version_needed;            /* PUT must say which version it replaces */
	bool graceful;                  /* deletion takes time (pods) */
	bool returns_deleted;           /* DELETE answers with the object rather than with a Status */
	bool generation;                /* metadata.generation counts changes of what is not metadata or status */
	const char *also;               /* another API version whose bodies are read as this one's, or NULL */
	const char *deprecated;         /* a warning for whoever uses it, or NULL */
	const char *schema;             /* name of its type in the schema: "io.k8s.api.core.v1.Pod" */
	const char *storage_hash;       /* as upstream's discovery tells; NULL of what is never stored */
	const struct column *columns;
	size_t column_count;
	jv (*cells)(jv object, int64_t now_seconds);    /* a row: an array of strings and numbers, owned */
	const struct selectable *selectables;
	size_t selectable_count;
	const struct subresource *subresources;
	size_t subresource_count;
	const struct kind *stored_as;   /* another version or group of the same objects (events.k8s.io), or NULL */
	jv (*to_stored)(jv object), (*from_stored)(jv object);
	const struct kind_hooks *hooks;
};

extern const struct kind *const kinds[];        /* NULL-ended */
const struct kind *kind_find(const char *group, const char *version, const char *plural);
const struct kind *kind_of(const char *api_version, const char *kind);
bool kind_version_served(const char *group, const char *version);      /* whether any kind has it */
char *kind_api_version(const struct kind *kind);                       /* "v1", "apps/v1"; the caller frees */
