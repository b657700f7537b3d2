/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * From a frame to an echo, or to the reason why it is none of our business.
 *
 * Theory of operation. Ethernet, up to two VLAN tags, IPv4 or IPv6, ICMP or
 * ICMPv6: each step looks at one header and either goes on behind it or gives
 * the verdict. Anything unusual belongs to the stack: options, fragments,
 * extension headers, odd lengths, wrong checksums, frames that reach us only
 * because the interface listens to all. Tags are stepped over and stay where
 * they are, so an answer goes back under those of its question.
 */
#ifndef BUDDYRING_PARSE_H
#define BUDDYRING_PARSE_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "address.h"
#include "checksum.h"
#include "contract.h"
#include "exchange.h"
#include "frame.h"

#define IPV4_WITHOUT_OPTIONS 0x45   /* version 4, five words of header */
#define IPV4_FRAGMENT_MASK   0xbfff /* all but don't fragment: the rest is 0 in a whole packet */
#define IPV4_VERSION	     4
#define IPV6_VERSION	     6
#define LINK_GROUP_BIT	     0x01 /* of the first octet of a MAC */

#define ICMP_ECHO	 8
#define ICMP_ECHOREPLY	 0
#define ICMPV6_ECHO	 128
#define ICMPV6_ECHOREPLY 129

/* The extension headers of IPv6 that linux/in.h and linux/in6.h do not name. */
#define IPV6_EXTENSION_HIP   139
#define IPV6_EXTENSION_SHIM6 140
#define IPV6_EXTENSION_MH    135

#define PROBE_ICMP_BYTES (sizeof(struct echo_header) + sizeof(struct buddyring_probe))

/* The parser's way to say: an echo of either kind, go on. */
#define IS_ECHO BUDDYRING_VERDICTS

struct echo {
	struct ethhdr *eth;
	bool is_ipv6; /* a number, because the verifier takes no pointer into a frame for set */
	union {
		struct iphdr *ipv4;
		struct ipv6hdr *ipv6;
	};
	struct echo_header *icmp;
	struct buddyring_probe *probe; /* NULL: other data */
	__u32 icmp_bytes;	       /* header and data; Ethernet padding may follow */
	const __u8 *frame_end;
	struct frame frame;
	struct buddyring_address source;
	bool is_request;
};

/* Byte by byte: a MAC lies on any boundary. */
static __always_inline bool same_link_address(const __u8 *one, const __u8 *other)
{
	__u8 difference = 0;

#pragma unroll
	for (int i = 0; i < ETH_ALEN; i++)
		difference |= one[i] ^ other[i];
	return difference == 0;
}

/*
 * A length as it stands on the wire. Kernels up to 6.12 do not see that a number of two bytes has
 * 16 bits when these were swapped, and from C the compiler would leave the mask out.
 */
static __always_inline __u32 length_of(__be16 field)
{
	__u64 bytes = bpf_ntohs(field);

	asm volatile("%0 &= 0xffff" : "+r"(bytes));
	return bytes;
}

static __always_inline __u8 ip_version(const void *header)
{
	return *(const __u8 *)header >> 4;
}

/* What a header other than the upper layer's own may follow the fixed one of IPv6. */
static __always_inline bool is_extension(__u8 header)
{
	switch (header) {
	case IPPROTO_HOPOPTS:
	case IPPROTO_ROUTING:
	case IPPROTO_FRAGMENT:
	case IPPROTO_ESP:
	case IPPROTO_AH:
	case IPPROTO_DSTOPTS:
	case IPV6_EXTENSION_MH:
	case IPV6_EXTENSION_HIP:
	case IPV6_EXTENSION_SHIM6:
		return true;
	default:
		return false;
	}
}

static __always_inline bool is_version_of_ours(const struct buddyring_probe *probe)
{
	return probe->magic == bpf_htonl(BUDDYRING_PROBE_MAGIC) &&
	       probe->version == BUDDYRING_PROBE_VERSION;
}

/*
 * To the MAC of the interface by which it came. A bond hands its ports' frames over under the
 * ports' names, which are none of ours: those may be to the MAC of any of ours. REQUIRES eth.
 */
static __always_inline bool is_to_our_link(const struct echo *echo,
					   const struct buddyring_agent *self)
{
	bool to_one_of_ours = false;

#pragma unroll
	for (int i = 0; i < BUDDYRING_MAX_LINKS; i++) {
		const struct buddyring_link *link = &self->link[i];
		__u32 ifindex = read_once(link->ifindex);
		bool same = ifindex && same_link_address(echo->eth->h_dest, link->address);

		if (ifindex == echo->frame.ifindex)
			return same;
		to_one_of_ours |= same;
	}
	return to_one_of_ours;
}

/* REQUIRES eth. */
static __always_inline bool is_for_us(const struct echo *echo, const struct buddyring_agent *self,
				      const struct buddyring_address *destination)
{
	return same_address(destination, &self->address) &&
	       !(echo->eth->h_source[0] & LINK_GROUP_BIT) && is_to_our_link(echo, self);
}

/* Where in the frame `place` is. Lengths are compared with the whole of the frame, of which only
 * the headers need be at hand. */
static __always_inline __u64 offset_in_frame(const struct echo *echo, const void *place)
{
	return place - (const void *)echo->eth;
}

/* What both families have in common. REQUIRES icmp, its header within the frame, and icmp_bytes. */
static __always_inline __u32 parse_icmp(struct echo *echo, __u8 request, __u8 reply)
{
	struct buddyring_probe *probe = (void *)(echo->icmp + 1);

	if (echo->icmp->code != 0 || (echo->icmp->type != request && echo->icmp->type != reply))
		return BUDDYRING_PASS_NOT_ECHO;
	echo->is_request = echo->icmp->type == request;
	if (echo->icmp_bytes == PROBE_ICMP_BYTES && (const __u8 *)(probe + 1) <= echo->frame_end &&
	    is_version_of_ours(probe))
		echo->probe = probe;
	return IS_ECHO;
}

static __always_inline __u32 parse_ipv4(struct echo *echo, const struct buddyring_agent *self,
					struct iphdr *ip)
{
	struct buddyring_address destination;
	__u32 ip_bytes;

	if ((const __u8 *)(ip + 1) > echo->frame_end || ip_version(ip) != IPV4_VERSION)
		return BUDDYRING_PASS_NOT_IP;
	echo->ipv4 = ip;
	echo->icmp = (void *)(ip + 1);
	ip_bytes = length_of(ip->tot_len);
	if (*(__u8 *)ip != IPV4_WITHOUT_OPTIONS ||
	    ip_bytes < sizeof(*ip) + sizeof(struct echo_header) ||
	    offset_in_frame(echo, ip) + ip_bytes > echo->frame.bytes ||
	    (const __u8 *)(echo->icmp + 1) > echo->frame_end ||
	    (ip->frag_off & bpf_htons(IPV4_FRAGMENT_MASK)) ||
	    fold(sum_of(ip, sizeof(*ip))) != CHECKSUM_RIGHT)
		return BUDDYRING_PASS_UNUSUAL_IP;

	echo->source = from_ipv4(ip->saddr);
	echo->icmp_bytes = ip_bytes - sizeof(*ip);
	destination = from_ipv4(ip->daddr);
	if (!is_unicast_ipv4(ip->saddr) || !is_for_us(echo, self, &destination))
		return BUDDYRING_PASS_OTHER_DESTINATION;
	if (ip->protocol != IPPROTO_ICMP)
		return BUDDYRING_PASS_NOT_ECHO;
	return parse_icmp(echo, ICMP_ECHO, ICMP_ECHOREPLY);
}

static __always_inline __u32 parse_ipv6(struct echo *echo, const struct buddyring_agent *self,
					struct ipv6hdr *ip)
{
	struct buddyring_address destination;

	if ((const __u8 *)(ip + 1) > echo->frame_end || ip_version(ip) != IPV6_VERSION)
		return BUDDYRING_PASS_NOT_IP;
	echo->is_ipv6 = true;
	echo->ipv6 = ip;
	echo->icmp = (void *)(ip + 1);
	echo->icmp_bytes = length_of(ip->payload_len);
	if (echo->icmp_bytes < sizeof(struct echo_header) ||
	    offset_in_frame(echo, ip + 1) + echo->icmp_bytes > echo->frame.bytes ||
	    (const __u8 *)(echo->icmp + 1) > echo->frame_end || is_extension(ip->nexthdr))
		return BUDDYRING_PASS_UNUSUAL_IP;

	echo->source = from_ipv6(&ip->saddr);
	destination = from_ipv6(&ip->daddr);
	/* In the maps a mapped address is one of IPv4, and no frame of IPv6 is for it. */
	if (!is_unicast_ipv6(&ip->saddr) || is_mapped_ipv4(&ip->daddr) ||
	    !is_for_us(echo, self, &destination))
		return BUDDYRING_PASS_OTHER_DESTINATION;
	if (ip->nexthdr != IPPROTO_ICMPV6)
		return BUDDYRING_PASS_NOT_ECHO;
	return parse_icmp(echo, ICMPV6_ECHO, ICMPV6_ECHOREPLY);
}

/*
 * The folded sum of a probe's whole message, under ICMPv6 with the pseudo-header: both addresses,
 * length and protocol. REQUIRES probe.
 */
static __always_inline __u16 sum_of_probe(const struct echo *echo)
{
	__u32 sum = sum_of(echo->icmp, PROBE_ICMP_BYTES);

	if (echo->is_ipv6)
		sum += sum_of(&echo->ipv6->saddr, 2 * sizeof(struct in6_addr)) +
		       bpf_htons(PROBE_ICMP_BYTES) + bpf_htons(IPPROTO_ICMPV6);
	return fold(sum);
}

/* Returns IS_ECHO and fills `echo`, or the verdict on the frame. */
static __always_inline __u32 parse_echo(const struct frame *frame,
					const struct buddyring_agent *self, struct echo *echo)
{
	struct vlan_tag *tag;
	__be16 type;

	__builtin_memset(echo, 0, sizeof(*echo));
	echo->frame = *frame;
	echo->eth = frame->data;
	echo->frame_end = frame->end;
	if ((const __u8 *)(echo->eth + 1) > echo->frame_end)
		return BUDDYRING_PASS_NOT_IP;
	type = echo->eth->h_proto;
	tag = (void *)(echo->eth + 1);
#pragma unroll
	for (__u32 i = 0; i < VLAN_TAGS_MAX && is_vlan(type); i++, tag++) {
		if (i + frame->tags_aside >= VLAN_TAGS_MAX ||
		    (const __u8 *)(tag + 1) > echo->frame_end)
			return BUDDYRING_PASS_NOT_IP;
		type = tag->type;
	}
	if (type == bpf_htons(ETH_P_IP))
		return parse_ipv4(echo, self, (void *)tag);
	if (type == bpf_htons(ETH_P_IPV6))
		return parse_ipv6(echo, self, (void *)tag);
	return BUDDYRING_PASS_NOT_IP;
}

#endif
