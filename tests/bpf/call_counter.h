/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* What call_counter.bpf.c and its user share. */
#ifndef BUDDYRING_TESTS_CALL_COUNTER_H
#define BUDDYRING_TESTS_CALL_COUNTER_H

#include <linux/types.h>

#define CALL_COUNTER_PROCESSES 64
#define CALL_COUNTER_KINDS     4096

struct counted_call {
	__u32 process;
	__u32 thread;
	__u64 number; /* of the system call */
};

#endif
