/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* The maps of lossy.bpf.c, for who fills them. */
#ifndef BUDDYRING_TESTS_LOSSY_H
#define BUDDYRING_TESTS_LOSSY_H

#include <linux/types.h>

#define LOSSY_PAIRS_MAX 4096
#define LOSSY_ALL	65536u

/* Key of map `losses`: IPv4 addresses in network order; both 0 stand for every pair that has no
 * entry of its own. The value, 4 bytes: how many frames of LOSSY_ALL are dropped. */
struct lossy_pair {
	__be32 source;
	__be32 destination;
};

/* Map `echoless`, by interface number: ports that drop all echo messages, of ICMP and ICMPv6. The
 * value, 4 bytes, says nothing. */
#define ECHOLESS_PORTS_MAX 4096

#endif
