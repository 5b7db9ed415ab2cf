/* The volumes of a pod spec. */
#include <string.h>

#include "api/checks.h"
#include "api/podspec.h"
#include "base/strs.h"
#include "formats/jvs.h"
#include "formats/quantity.h"

static void validate_mode(jv holder, const char *field, const struct at *at, struct causes *causes)
{
	scoped(jv) jv mode = jvs_at(holder, field);

	if (jvs_is(mode, JV_KIND_NUMBER) && (jv_number_value(mode) < 0 || jv_number_value(mode) > 0777))
		invalid(causes, at_field(at, field), mode,
			"must be a number between 0 and 0777 (octal), both inclusive");
}

static void validate_no_climbing(jv holder, const char *field, const struct at *at, struct causes *causes)
{
	scoped(jv) jv path = jvs_at(holder, field);
	scoped(strs) struct strs parts = { 0 };

	strs_split(&parts, jvs_text(path), '/');
	if (strs_has(&parts, ".."))
		invalid(causes, at_field(at, field), path, "must not contain '..'");
}

/* Where in the volume a file is to be. */
static void validate_target(jv holder, const struct at *at, struct causes *causes)
{
	scoped(jv) jv path = jvs_at(holder, "path");

	check_needed(holder, "path", at, causes);
	if (*jvs_text(path) == '/')
		invalid(causes, at_field(at, "path"), path, "must be a relative path");
	validate_no_climbing(holder, "path", at, causes);
	if (!strncmp(jvs_text(path), "..", 2) && jvs_text(path)[2] != '/' && jvs_text(path)[2])
		invalid(causes, at_field(at, "path"), path, "must not start with '..'");
}

static void validate_items(jv source, const struct at *at, struct causes *causes)
{
	scoped(jv) jv items = jvs_at(source, "items");

	for (int i = 0; i < jvs_len(items); i++) {
		scoped(jv) jv item = jvs_item(items, i);

		check_needed(item, "key", at_item(at_field(at, "items"), i), causes);
		validate_target(item, at_item(at_field(at, "items"), i), causes);
		validate_mode(item, "mode", at_item(at_field(at, "items"), i), causes);
	}
}

static void validate_empty_dir(jv source, const struct at *at, struct causes *causes)
{
	scoped(jv) jv limit = jvs_at(source, "sizeLimit");

	if (*jvs_text(limit) == '-')
		forbidden(causes, at_field(at, "sizeLimit"), "SizeLimit field must be a valid resource quantity");
}

static void validate_host_path(jv source, const struct at *at, struct causes *causes)
{
	static const char *const types[] = { "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File",
		"FileOrCreate", "Socket", NULL };

	check_needed(source, "path", at, causes);
	validate_no_climbing(source, "path", at, causes);
	check_choice(source, "type", types, false, at, causes);
}

static void validate_secret(jv source, const struct at *at, struct causes *causes)
{
	check_needed(source, "secretName", at, causes);
	validate_mode(source, "defaultMode", at, causes);
	validate_items(source, at, causes);
}

static void validate_config_map(jv source, const struct at *at, struct causes *causes)
{
	check_needed(source, "name", at, causes);
	validate_mode(source, "defaultMode", at, causes);
	validate_items(source, at, causes);
}

static void validate_nfs(jv source, const struct at *at, struct causes *causes)
{
	scoped(jv) jv path = jvs_at(source, "path");

	check_needed(source, "server", at, causes);
	check_needed(source, "path", at, causes);
	if (*jvs_text(path) && *jvs_text(path) != '/')
		invalid(causes, at_field(at, "path"), path, "must be an absolute path");
}

static void validate_claim(jv source, const struct at *at, struct causes *causes)
{
	check_needed(source, "claimName", at, causes);
}

static void validate_downward(jv source, const struct at *at, struct causes *causes)
{
	scoped(jv) jv items = jvs_at(source, "items");

	validate_mode(source, "defaultMode", at, causes);
	for (int i = 0; i < jvs_len(items); i++) {
		scoped(jv) jv item = jvs_item(items, i), field = jvs_at(item, "fieldRef"),
			      resource = jvs_at(item, "resourceFieldRef");
		const struct at *where = at_item(at_field(at, "items"), i);
		bool by_field = jvs_is(field, JV_KIND_OBJECT), by_resource = jvs_is(resource, JV_KIND_OBJECT);
		scoped(jv) jv shown = jv_string("resource");

		validate_target(item, where, causes);
		if (by_field)
			field_ref_validate(field, true, at_field(where, "fieldRef"), causes);
		if (by_field && by_resource)
			invalid(causes, where, shown,
				"fieldRef and resourceFieldRef can not be specified simultaneously");
		else if (by_resource)
			resource_ref_validate(resource, true, at_field(where, "resourceFieldRef"), causes);
		else if (!by_field)
			required(causes, where, "one of fieldRef and resourceFieldRef is required");
		validate_mode(item, "mode", where, causes);
	}
}

static void validate_token(jv source, const struct at *at, struct causes *causes)
{
	scoped(jv) jv seconds = jvs_at(source, "expirationSeconds");

	if (jvs_is(seconds, JV_KIND_NUMBER) && jv_number_value(seconds) < 600)
		invalid(causes, at_field(at, "expirationSeconds"), seconds,
			"may not specify a duration less than 10 minutes");
	validate_target(source, at, causes);
}

struct source {
	const char *name;
	void (*validate)(jv source, const struct at *at, struct causes *causes);
};

/* How many of the sources are there; the second one is refused with words. */
static int validate_sources(
	jv holder, const struct source *sources, const char *words, const struct at *at, struct causes *causes)
{
	int count = 0;

	for (; sources->name; sources++) {
		scoped(jv) jv source = jvs_at(holder, sources->name);

		if (!jvs_is(source, JV_KIND_OBJECT))
			continue;
		if (count++)
			forbidden(causes, at_field(at, sources->name), words);
		else if (sources->validate)
			sources->validate(source, at_field(at, sources->name), causes);
	}
	return count;
}

static void validate_projected(jv source, const struct at *at, struct causes *causes)
{
	static const struct source kinds[] = {
		{ "secret", validate_config_map },
		{ "configMap", validate_config_map },
		{ "downwardAPI", validate_downward },
		{ "serviceAccountToken", validate_token },
		{ "clusterTrustBundle", NULL },
		{ "podCertificate", NULL },
		{ NULL, NULL },
	};
	scoped(jv) jv sources = jvs_at(source, "sources");

	for (int i = 0; i < jvs_len(sources); i++) {
		scoped(jv) jv one = jvs_item(sources, i);

		validate_sources(one, kinds, "may not specify more than 1 volume type per source",
			at_item(at_field(at, "sources"), i), causes);
	}
	validate_mode(source, "defaultMode", at, causes);
}

/* In upstream's order, which decides which of two is refused. */
static const struct source volume_sources[] = {
	{ "emptyDir", validate_empty_dir },
	{ "hostPath", validate_host_path },
	{ "gitRepo", NULL },
	{ "gcePersistentDisk", NULL },
	{ "awsElasticBlockStore", NULL },
	{ "secret", validate_secret },
	{ "nfs", validate_nfs },
	{ "iscsi", NULL },
	{ "glusterfs", NULL },
	{ "flocker", NULL },
	{ "persistentVolumeClaim", validate_claim },
	{ "rbd", NULL },
	{ "cephfs", NULL },
	{ "cinder", NULL },
	{ "quobyte", NULL },
	{ "downwardAPI", validate_downward },
	{ "fc", NULL },
	{ "flexVolume", NULL },
	{ "configMap", validate_config_map },
	{ "azureFile", NULL },
	{ "vsphereVolume", NULL },
	{ "photonPersistentDisk", NULL },
	{ "portworxVolume", NULL },
	{ "azureDisk", NULL },
	{ "storageos", NULL },
	{ "projected", validate_projected },
	{ "scaleIO", NULL },
	{ "csi", NULL },
	{ "ephemeral", NULL },
	{ "image", NULL },
	{ NULL, NULL },
};

void volumes_validate(jv spec, const struct at *at, struct causes *causes)
{
	scoped(jv) jv volumes = jvs_at(spec, "volumes");
	scoped(strs) struct strs names = { 0 };

	for (int i = 0; i < jvs_len(volumes); i++) {
		scoped(jv) jv volume = jvs_item(volumes, i), name = jvs_at(volume, "name");
		const struct at *item = at_item(at_field(at, "volumes"), i);

		if (!validate_sources(volume, volume_sources, "may not specify more than 1 volume type", item, causes))
			required(causes, item, "must specify a volume type");
		check_name(volume, "name", NAME_LABEL, true, item, causes);
		if (strs_has(&names, jvs_text(name)))
			duplicate(causes, at_field(item, "name"), name);
		strs_add(&names, jvs_text(name));
	}
}
