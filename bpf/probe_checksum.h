/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * The checksum of a message that carries a probe or an answer. It covers the
 * pseudo-header, too (both addresses, length and protocol), but for ICMP under
 * IPv4. Over UDP its 0 says that there is none, which IPv6 does not allow, and
 * one that comes out as 0 is written as 0xffff, the other form of zero.
 */
#ifndef BUDDYRING_PROBE_CHECKSUM_H
#define BUDDYRING_PROBE_CHECKSUM_H

#include "checksum.h"
#include "parse.h"

#define IPV4_ADDRESS_PAIR_BYTES (2 * sizeof(__be32))
#define IPV6_ADDRESS_PAIR_BYTES (2 * sizeof(struct in6_addr))

/* The folded sum of all that is covered. REQUIRES probe. */
static __always_inline __u16 sum_of_probe(const struct message *message)
{
	__u32 sum = sum_of(message->icmp, PROBE_MESSAGE_BYTES);

	if (message->is_ipv6)
		sum += sum_of(&message->ipv6->saddr, IPV6_ADDRESS_PAIR_BYTES) +
		       bpf_htons(PROBE_MESSAGE_BYTES) +
		       bpf_htons(message->is_udp ? IPPROTO_UDP : IPPROTO_ICMPV6);
	else if (message->is_udp)
		sum += sum_of(&message->ipv4->saddr, IPV4_ADDRESS_PAIR_BYTES) +
		       bpf_htons(PROBE_MESSAGE_BYTES) + bpf_htons(IPPROTO_UDP);
	return fold(sum);
}

/* REQUIRES probe. */
static __always_inline bool checksum_is_right(const struct message *message)
{
	if (message->is_udp && message->udp->check == 0)
		return !message->is_ipv6;
	return sum_of_probe(message) == CHECKSUM_RIGHT;
}

/* The verdict where that is wrong. */
static __always_inline __u32 bad_checksum(const struct message *message)
{
	return message->is_udp ? BUDDYRING_PASS_BAD_UDP : BUDDYRING_PASS_BAD_ICMP;
}

/* REQUIRES probe. */
static __always_inline void set_checksum(struct message *message)
{
	__u16 checksum;

	if (!message->is_udp) {
		message->icmp->checksum = 0;
		message->icmp->checksum = ~sum_of_probe(message);
		return;
	}
	message->udp->check = 0;
	checksum = ~sum_of_probe(message);
	message->udp->check = checksum ? checksum : 0xffff;
}

#endif
