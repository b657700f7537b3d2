/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Addresses of either family in the one form in which the maps have them.
 */
#ifndef BUDDYRING_ADDRESS_H
#define BUDDYRING_ADDRESS_H

#include <linux/ipv6.h>
#include <linux/types.h>
#include <stdbool.h>
#include <bpf/bpf_endian.h>

#include "contract.h"

/* An address as four words; IPv4 stands in the last, after the mark of the mapped form. */
union address_words {
	struct buddyring_address address;
	__be32 word[4];
};

#define MAPPED_IPV4_MARK 0x0000ffff

#define IPV4_MULTICAST_FIRST 224  /* first octet from here on: multicast, reserved, broadcast */
#define IPV6_MULTICAST_FIRST 0xff /* first octet of multicast */

static __always_inline struct buddyring_address from_ipv4(__be32 ipv4)
{
	union address_words mapped = {};

	mapped.word[2] = bpf_htonl(MAPPED_IPV4_MARK);
	mapped.word[3] = ipv4;
	return mapped.address;
}

static __always_inline struct buddyring_address from_ipv6(const struct in6_addr *ipv6)
{
	union address_words same;

	__builtin_memcpy(same.word, ipv6, sizeof(same.word));
	return same.address;
}

static __always_inline bool same_address(const struct buddyring_address *one,
					 const struct buddyring_address *other)
{
	const __u64 *first = (const __u64 *)one->bytes;
	const __u64 *second = (const __u64 *)other->bytes;

	return first[0] == second[0] && first[1] == second[1];
}

static __always_inline bool is_mapped_ipv4(const struct in6_addr *ipv6)
{
	const __be32 *word = ipv6->in6_u.u6_addr32;

	return (word[0] | word[1]) == 0 && word[2] == bpf_htonl(MAPPED_IPV4_MARK);
}

static __always_inline bool is_unicast_ipv4(__be32 ipv4)
{
	__u8 first = bpf_ntohl(ipv4) >> 24;

	return first != 0 && first < IPV4_MULTICAST_FIRST;
}

/* On the wire a mapped address is nobody's. */
static __always_inline bool is_unicast_ipv6(const struct in6_addr *ipv6)
{
	const __be32 *word = ipv6->in6_u.u6_addr32;

	return (word[0] | word[1] | word[2] | word[3]) != 0 &&
	       ipv6->in6_u.u6_addr8[0] != IPV6_MULTICAST_FIRST && !is_mapped_ipv4(ipv6);
}

#endif
