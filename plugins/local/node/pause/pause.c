/* The program of a sandbox: holds a pod's namespaces, does nothing, needs nothing (no libc, no other file). As process
 * 1 of a shared pid namespace it lets the kernel reap what is orphaned there. Built for itself, static; see Makefile.
 */

#if defined(__x86_64__)
#define SIGACTION 13
#define POLL(call) call(7, 0, 0, -1, 0)               /* poll, without a time limit */
static long call(long number, long a, long b, long c, long d)
{
	register long fourth __asm__("r10") = d;
	long result;

	__asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(fourth)
			 : "rcx", "r11", "memory");
	return result;
}
#elif defined(__aarch64__)
#define SIGACTION 134
#define POLL(call) call(73, 0, 0, 0, 0)         /* ppoll without a time limit */
static long call(long number, long a, long b, long c, long d)
{
	register long x8 __asm__("x8") = number, x0 __asm__("x0") = a, x1 __asm__("x1") = b, x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d, x4 __asm__("x4") = 0;

	__asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4) : "memory");
	return x0;
}
#elif defined(__riscv) && __riscv_xlen == 64
#define SIGACTION 134
#define POLL(call) call(73, 0, 0, 0, 0)
static long call(long number, long a, long b, long c, long d)
{
	register long a7 __asm__("a7") = number, a0 __asm__("a0") = a, a1 __asm__("a1") = b, a2 __asm__("a2") = c;
	register long a3 __asm__("a3") = d, a4 __asm__("a4") = 0;

	__asm__ volatile("ecall" : "+r"(a0) : "r"(a7), "r"(a1), "r"(a2), "r"(a3), "r"(a4) : "memory");
	return a0;
}
#else
#error "pause.c: the system calls of this processor are not here yet"
#endif

#define SIGCHLD 17
#define SIGNAL_IGNORE 1

/* As the kernel knows it; the handler is its first field everywhere. */
struct kernel_sigaction {
	unsigned long handler, rest[7];
};

void _start(void)
{
	struct kernel_sigaction ignore = { SIGNAL_IGNORE, { 0, 0, 0, 0, 0, 0, 0 } };

	call(SIGACTION, SIGCHLD, (long)&ignore, 0, 8);
	for (;;)
		POLL(call);
}
