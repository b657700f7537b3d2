/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * From a frame to an echo, or to the reason why it is none of our business.
 * Anything unusual belongs to the stack: options, fragments, odd lengths, wrong
 * checksums, frames that reach us only because the interface listens to all.
 */
#ifndef BUDDYRING_PARSE_H
#define BUDDYRING_PARSE_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "checksum.h"
#include "contract.h"

#define IPV4_WITHOUT_OPTIONS 0x45 /* version 4, five words of header */
#define IPV4_VERSION_MASK    0xf0
#define IPV4_VERSION	     0x40
#define IPV4_FRAGMENT_MASK   0x3fff /* more fragments, or an offset */
#define IPV4_MULTICAST_FIRST 224    /* first octet from here on: multicast, reserved, broadcast */
#define LINK_GROUP_BIT	     0x01   /* of the first octet of a MAC */

#define ICMP_ECHO      8
#define ICMP_ECHOREPLY 0

/* An ICMP echo's header; linux/icmp.h would draw in the C library's headers. */
struct echo_header {
	__u8 type;
	__u8 code;
	__sum16 checksum;
	__be16 identifier;
	__be16 sequence;
};

#define ECHO_BYTES_MIN	 (sizeof(struct iphdr) + sizeof(struct echo_header))
#define PROBE_ICMP_BYTES (sizeof(struct echo_header) + sizeof(struct buddyring_probe))
#define PROBE_IP_BYTES	 (sizeof(struct iphdr) + PROBE_ICMP_BYTES)

/* The parser's way to say: an echo of either kind, go on. */
#define IS_ECHO BUDDYRING_VERDICTS

struct echo {
	struct ethhdr *eth;
	struct iphdr *ip;
	struct echo_header *icmp;
	struct buddyring_probe *probe; /* NULL: other data */
	const __u8 *end;	       /* of the IP packet; Ethernet padding may follow */
	const __u8 *frame_end;
};

static __always_inline bool is_unicast(__be32 address)
{
	__u8 first = bpf_ntohl(address) >> 24;

	return first != 0 && first < IPV4_MULTICAST_FIRST;
}

/* Byte by byte: a MAC lies on any boundary. */
static __always_inline bool same_link_address(const __u8 *one, const __u8 *other)
{
	__u8 difference = 0;

#pragma unroll
	for (int i = 0; i < ETH_ALEN; i++)
		difference |= one[i] ^ other[i];
	return difference == 0;
}

static __always_inline bool is_for_us(const struct echo *echo, const struct buddyring_agent *self)
{
	return echo->ip->daddr == self->address && is_unicast(echo->ip->saddr) &&
	       !(echo->eth->h_source[0] & LINK_GROUP_BIT) &&
	       same_link_address(echo->eth->h_dest, self->link_address);
}

static __always_inline bool is_version_of_ours(const struct buddyring_probe *probe)
{
	return probe->magic == bpf_htonl(BUDDYRING_PROBE_MAGIC) &&
	       probe->version == BUDDYRING_PROBE_VERSION;
}

/*
 * A length of 16 bits off the wire. The verifiers of 6.1 and 6.12 forget over the change of byte
 * order that it has no more bits, and add no number without bounds to a packet's pointer: the mask
 * tells them, and the barrier keeps the compiler, which knows, from leaving it out.
 */
static __always_inline __u32 length_of(__be16 field)
{
	__u64 length = bpf_ntohs(field);

	barrier_var(length);
	return length & 0xffff;
}

/* Returns IS_ECHO and fills `echo`, or the verdict on the frame. */
static __always_inline __u32 parse_echo(struct xdp_md *ctx, const struct buddyring_agent *self,
					struct echo *echo)
{
	void *frame = (void *)(long)ctx->data;
	void *frame_end = (void *)(long)ctx->data_end;
	struct buddyring_probe *probe;
	__u32 ip_bytes;
	__u8 first;

	echo->eth = frame;
	echo->ip = (void *)(echo->eth + 1);
	echo->icmp = (void *)(echo->ip + 1);
	echo->probe = NULL;
	echo->frame_end = frame_end;
	if ((void *)(echo->ip + 1) > frame_end || echo->eth->h_proto != bpf_htons(ETH_P_IP))
		return BUDDYRING_PASS_NOT_IPV4;
	first = *(__u8 *)echo->ip;
	if ((first & IPV4_VERSION_MASK) != IPV4_VERSION)
		return BUDDYRING_PASS_NOT_IPV4;

	ip_bytes = length_of(echo->ip->tot_len);
	if (first != IPV4_WITHOUT_OPTIONS || ip_bytes < ECHO_BYTES_MIN ||
	    (void *)echo->ip + ip_bytes > frame_end || (void *)(echo->icmp + 1) > frame_end ||
	    (echo->ip->frag_off & bpf_htons(IPV4_FRAGMENT_MASK)) ||
	    sum_of(echo->ip, sizeof(*echo->ip)) != CHECKSUM_RIGHT)
		return BUDDYRING_PASS_UNUSUAL_IP;
	echo->end = (void *)echo->ip + ip_bytes;

	if (!is_for_us(echo, self))
		return BUDDYRING_PASS_OTHER_DESTINATION;
	if (echo->ip->protocol != IPPROTO_ICMP || echo->icmp->code != 0 ||
	    (echo->icmp->type != ICMP_ECHO && echo->icmp->type != ICMP_ECHOREPLY))
		return BUDDYRING_PASS_NOT_ECHO;

	probe = (void *)(echo->icmp + 1);
	if (ip_bytes == PROBE_IP_BYTES && (void *)(probe + 1) <= frame_end &&
	    is_version_of_ours(probe))
		echo->probe = probe;
	return IS_ECHO;
}

#endif
