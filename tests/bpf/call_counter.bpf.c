/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * How many system calls a process makes, by thread and by call. Counting costs the process
 * next to nothing, while a tracer would stop it at each.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "tests/bpf/call_counter.h"

/* By process id: whose calls are counted. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, CALL_COUNTER_PROCESSES);
	__type(key, __u32);
	__type(value, __u32);
} processes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, CALL_COUNTER_KINDS);
	__type(key, struct counted_call);
	__type(value, __u64);
} calls SEC(".maps");

SEC("raw_tp/sys_enter")
int call_counter(struct bpf_raw_tracepoint_args *ctx)
{
	__u64 thread = bpf_get_current_pid_tgid();
	struct counted_call call = {
	    .process = thread >> 32,
	    .thread = (__u32)thread,
	    .number = ctx->args[1],
	};
	__u64 one = 1;
	__u64 *count;

	if (!bpf_map_lookup_elem(&processes, &call.process))
		return 0;
	count = bpf_map_lookup_elem(&calls, &call);
	if (count)
		__sync_fetch_and_add(count, 1);
	else
		bpf_map_update_elem(&calls, &call, &one, BPF_ANY);
	return 0;
}

char program_license[] SEC("license") = "GPL";
