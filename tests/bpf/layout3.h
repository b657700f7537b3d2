/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Layout 3 of the maps, frozen: what it had is not changed any more. */
#ifndef BUDDYRING_TESTS_LAYOUT3_H
#define BUDDYRING_TESTS_LAYOUT3_H

#include <linux/types.h>

struct layout3_agent {
	__u64 identity;
	__u8 rest[96];
};

struct layout3_report {
	__u8 counters[256];
	__u32 clsact_created;
	__u8 rest[44];
	char pool[64];
	char server[64];
	char interface[64];
};

#endif
