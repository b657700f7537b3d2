/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * The exit notice: revokes the lease the moment a process that it rests on exits.
 *
 * Theory of operation. The program runs at the exit of every thread of the
 * machine. When it was the last of its process, and that process is in the map
 * `process`, the floor of the agent's terms is raised above the lease's, so that
 * the very next answer says that the lease is stale. The agent's own renewals,
 * which may be under way on another CPU, do not touch the floor. An object of its
 * own, because it needs the kernel's type information and the answering does not.
 *
 * Processes are known by their number in the agent's PID namespace, whose identity
 * is given before loading; one that is not visible from there is nobody's.
 */
#include <linux/bpf.h>
#include <stdbool.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

#include "contract.h"
#include "exchange.h"

/* Of the kernel's types, what is read here; fields are found by name when the program is loaded. */
#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct ns_common {
	unsigned int inum;
};

struct pid_namespace {
	struct ns_common ns;
};

struct upid {
	int nr;
	struct pid_namespace *ns;
};

struct pid {
	unsigned int level;
	struct upid numbers[1];
};

typedef struct {
	int counter;
} atomic_t;

/* PIDTYPE_TGID and what comes before it. */
#define PROCESS_PID 1
#define PID_TYPES   2

struct signal_struct {
	atomic_t live; /* threads that have not exited */
	struct pid *pids[PID_TYPES];
};

struct task_struct {
	struct signal_struct *signal;
};

#pragma clang attribute pop

/* The kernel's own limit of PID namespaces inside of each other, and the outermost. */
#define PID_LEVELS 33

/* The agent's PID namespace, by its inode number. */
const volatile __u32 pid_namespace;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct buddyring_agent);
} agent SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, BUDDYRING_MAX_PROCESSES);
	__type(key, __u32);
	__type(value, struct buddyring_process);
} process SEC(".maps");

/* The number by which the agent's PID namespace knows this process; 0 when it does not. */
static __always_inline __u32 number_of(struct signal_struct *signal)
{
	struct pid *pid = BPF_CORE_READ(signal, pids[PROCESS_PID]);
	void *numbers = __builtin_preserve_access_index(&pid->numbers[0]);
	unsigned int level = BPF_CORE_READ(pid, level);

	for (unsigned int i = 0; i < PID_LEVELS && i <= level; i++) {
		struct upid number;

		if (bpf_probe_read_kernel(&number, sizeof(number), numbers + i * sizeof(number)))
			return 0;
		if (BPF_CORE_READ(number.ns, ns.inum) == pid_namespace)
			return number.nr;
	}
	return 0;
}

SEC("tp_btf/sched_process_exit")
int buddyring_exit(__u64 *context)
{
	struct task_struct *task = (struct task_struct *)context[0];
	struct signal_struct *signal = BPF_CORE_READ(task, signal);
	struct buddyring_agent *self;
	__u32 number, only = 0;

	/* The first thread may go before the others: only the last takes the process along. */
	if (BPF_CORE_READ(signal, live.counter) != 0)
		return 0;
	number = number_of(signal);
	self = bpf_map_lookup_elem(&agent, &only);
	/* First the entry: an agent that finds it afterwards has named a term that is not revoked.
	 */
	if (!self || bpf_map_delete_elem(&process, &number))
		return 0;
	raise_to(&self->term_floor, read_once(self->term_next) + 1);
	return 0;
}

char program_license[] SEC("license") = "GPL";
