#include "node/machine.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <ifaddrs.h>
#include <inttypes.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "formats/jvs.h"
#include "node/version.h"

#define FILE_MAX ((size_t)1024 * 1024)
#define MEMORY_LEAST ((uint64_t)100 * 1024 * 1024)      /* the kubelet's memory.available<100Mi */
#define DISK_LEAST_PERCENT 10                           /* and nodefs.available<10% … */
#define DISK_ENOUGH ((uint64_t)5 << 30)                 /* … which of a large disk is no pressure yet */

/* The first line of a file without blanks around it; "" where it cannot be read. The caller frees. */
static char *first_line(const char *path)
{
	scoped(buf) struct buf text = { 0 };
	const char *at, *end;

	if (buf_read_file(&text, path, FILE_MAX) < 0)
		return mem_dup("");
	at = buf_text(&text);
	end = strchrnul(at, '\n');
	while (at < end && isspace((unsigned char)*at))
		at++;
	while (end > at && isspace((unsigned char)end[-1]))
		end--;
	return mem_dup_n(at, (size_t)(end - at));
}

/* The number behind "NAME:" in /proc/meminfo, in bytes; 0: it is not there. */
static uint64_t memory(const char *name)
{
	scoped(buf) struct buf text = { 0 };
	const char *at;

	if (buf_read_file(&text, "/proc/meminfo", FILE_MAX) < 0)
		return 0;
	at = strstr(buf_text(&text), name);
	return at ? strtoull(at + strlen(name) + 1, NULL, 10) * 1024 : 0;
}

/* PRETTY_NAME of os-release, without its quotes. */
static char *os_image(void)
{
	scoped(buf) struct buf text = { 0 };
	const char *at;

	if (buf_read_file(&text, "/etc/os-release", FILE_MAX) < 0 || !(at = strstr(buf_text(&text), "PRETTY_NAME=")))
		return mem_dup("Linux");
	at += strlen("PRETTY_NAME=");
	at += *at == '"';
	return mem_dup_n(at, strcspn(at, "\"\n"));
}

const char *machine_arch(void)
{
	static const struct {
		const char *kernel, *go;
	} names[] = { { "x86_64", "amd64" }, { "aarch64", "arm64" }, { "armv7l", "arm" }, { "i686", "386" },
		{ "ppc64le", "ppc64le" }, { "s390x", "s390x" }, { "riscv64", "riscv64" } };
	struct utsname name = { 0 };

	uname(&name);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(names[i].kernel, name.machine) == 0)
			return names[i].go;
	return "unknown";
}

static void put_taken(jv *object, const char *key, char *text)
{
	scoped_free char *taken = text;

	jvs_put(object, key, jv_string(taken));
}

jv machine_info(const char *runtime_version)
{
	scoped_free char *machine = first_line("/etc/machine-id"),
			 *system = first_line("/sys/class/dmi/id/product_uuid");
	struct utsname name = { 0 };
	jv info = jv_object();

	uname(&name);
	jvs_put(&info, "machineID", jv_string(machine));
	jvs_put(&info, "systemUUID", jv_string(*system ? system : machine));
	put_taken(&info, "bootID", first_line("/proc/sys/kernel/random/boot_id"));
	jvs_put(&info, "kernelVersion", jv_string(name.release));
	put_taken(&info, "osImage", os_image());
	jvs_put(&info, "containerRuntimeVersion", jv_string(runtime_version));
	jvs_put(&info, "kubeletVersion", jv_string(NODE_VERSION));
	jvs_put(&info, "kubeProxyVersion", jv_string(""));
	jvs_put(&info, "operatingSystem", jv_string("linux"));
	jvs_put(&info, "architecture", jv_string(machine_arch()));
	return info;
}

static jv number_text(uint64_t number, const char *unit)
{
	scoped_free char *text = mem_printf("%" PRIu64 "%s", number, unit);

	return jv_string(text);
}

static jv resources(const char *dir, unsigned pods, bool allocatable)
{
	struct statvfs fs = { 0 };
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	uint64_t disk;

	statvfs(dir, &fs);
	disk = (uint64_t)fs.f_blocks * fs.f_frsize;
	return jvs_object("cpu", number_text(cpus > 0 ? (uint64_t)cpus : 1, ""), "ephemeral-storage",
		allocatable ? number_text(disk / 100 * (100 - DISK_LEAST_PERCENT), "") : number_text(disk / 1024, "Ki"),
		"hugepages-1Gi", jv_string("0"), "hugepages-2Mi", jv_string("0"), "memory",
		number_text((memory("MemTotal") - (allocatable ? MEMORY_LEAST : 0)) / 1024, "Ki"), "pods",
		number_text(pods, ""), NULL);
}

jv machine_capacity(const char *dir, unsigned pods)
{
	return resources(dir, pods, false);
}

jv machine_allocatable(const char *dir, unsigned pods)
{
	return resources(dir, pods, true);
}

bool machine_lacks_memory(void)
{
	uint64_t available = memory("MemAvailable");

	return available && available < MEMORY_LEAST;
}

bool machine_lacks_disk(const char *dir)
{
	struct statvfs fs;
	uint64_t left;

	if (statvfs(dir, &fs) < 0 || !fs.f_blocks)
		return false;
	left = (uint64_t)fs.f_bavail * fs.f_frsize;
	return left < DISK_ENOUGH && (uint64_t)fs.f_bavail * 100 < (uint64_t)fs.f_blocks * DISK_LEAST_PERCENT;
}

/* The one that packets to elsewhere would bear; nothing is sent. NULL: there is no way out. */
static char *ip_of_route(void)
{
	struct sockaddr_in there = { .sin_family = AF_INET, .sin_port = htons(9) }, here = { 0 };
	socklen_t len = sizeof here;
	scoped_fd int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char text[INET_ADDRSTRLEN];

	inet_pton(AF_INET, "192.0.2.1", &there.sin_addr);       /* RFC 5737: nobody's */
	if (fd < 0 || connect(fd, (struct sockaddr *)&there, sizeof there) < 0 ||
		getsockname(fd, (struct sockaddr *)&here, &len) < 0 ||
		!inet_ntop(AF_INET, &here.sin_addr, text, sizeof text))
		return NULL;
	return mem_dup(text);
}

char *machine_ip(void)
{
	char *found = ip_of_route();
	struct ifaddrs *all = NULL;

	if (!found && getifaddrs(&all) < 0)
		all = NULL;
	for (struct ifaddrs *at = all; at && !found; at = at->ifa_next) {
		char text[INET_ADDRSTRLEN];

		if (at->ifa_addr && at->ifa_addr->sa_family == AF_INET && !(at->ifa_flags & IFF_LOOPBACK) &&
			(at->ifa_flags & IFF_UP) &&
			inet_ntop(AF_INET, &((struct sockaddr_in *)(void *)at->ifa_addr)->sin_addr, text, sizeof text))
			found = mem_dup(text);
	}
	if (all)
		freeifaddrs(all);
	return found ? found : mem_dup("127.0.0.1");
}
