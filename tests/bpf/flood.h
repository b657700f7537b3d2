/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* What flood.bpf.c and its user share. */
#ifndef BUDDYRING_TESTS_FLOOD_H
#define BUDDYRING_TESTS_FLOOD_H

#include <linux/types.h>

/* A probe over IPv4: Ethernet, IP, ICMP and its data. */
#define FLOOD_FRAME_BYTES 122

struct flood_frame {
	__u8 bytes[FLOOD_FRAME_BYTES];
};

#endif
