/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * A frame as the judge sees it, whichever hook it comes by.
 *
 * Theory of operation. XDP has a frame in one piece. At tc ingress it is a socket
 * buffer: the outermost VLAN tag lies beside it, from where the kernel puts it back
 * when the frame leaves, and its rest may lie in other pages. What may be an echo
 * or a datagram to our port is pulled together whole, because an answer is made in
 * place; of all else only the headers are, so that nobody's bulk data is copied for us.
 */
#ifndef BUDDYRING_FRAME_H
#define BUDDYRING_FRAME_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <stdbool.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define VLAN_TAGS_MAX 2

/* What a VLAN tag leaves of the Ethernet header: it stands before the type of what follows. */
struct vlan_tag {
	__be16 control;
	__be16 type;
};

/* The header of an echo of either family; linux/icmp.h would draw in the C library's headers. */
struct echo_header {
	__u8 type;
	__u8 code;
	__sum16 checksum;
	__be16 identifier;
	__be16 sequence;
};

#define MESSAGE_HEADER_BYTES 8 /* of an echo as of UDP */

struct frame {
	void *data;
	void *end;	  /* of what may be read and written */
	__u64 bytes;	  /* of the whole frame */
	__u32 ifindex;	  /* of the interface by which it came */
	__u32 tags_aside; /* VLAN tags that are not in the frame */
};

static __always_inline bool is_vlan(__be16 type)
{
	return type == bpf_htons(ETH_P_8021Q) || type == bpf_htons(ETH_P_8021AD);
}

static __always_inline void frame_of_xdp(const struct xdp_md *ctx, struct frame *frame)
{
	frame->data = (void *)(long)ctx->data;
	frame->end = (void *)(long)ctx->data_end;
	frame->bytes = frame->end - frame->data;
	frame->ifindex = ctx->ingress_ifindex;
	frame->tags_aside = 0;
}

/* Where the IP header of a socket buffer begins, and of which family it is; false when there is
 * none. */
static __always_inline bool find_ip(struct __sk_buff *skb, __u32 *offset, __be16 *type)
{
	__u32 tags = skb->vlan_present ? 1 : 0;
	struct vlan_tag tag;

	*type = skb->protocol;
	*offset = ETH_HLEN;
#pragma unroll
	for (int i = 0; i < VLAN_TAGS_MAX && is_vlan(*type); i++) {
		if (++tags > VLAN_TAGS_MAX || bpf_skb_load_bytes(skb, *offset, &tag, sizeof(tag)))
			return false;
		*type = tag.type;
		*offset += sizeof(tag);
	}
	return *type == bpf_htons(ETH_P_IP) || *type == bpf_htons(ETH_P_IPV6);
}

/* True when the datagram that begins there is to our port. */
static __always_inline bool is_to_port(struct __sk_buff *skb, __u32 offset, __u16 port)
{
	__be16 destination;

	return !bpf_skb_load_bytes(skb, offset + offsetof(struct udphdr, dest), &destination,
				   sizeof(destination)) &&
	       destination == bpf_htons(port);
}

/* How many bytes from the start of the frame must lie in one piece to judge it. */
static __always_inline __u32 bytes_to_judge(struct __sk_buff *skb, __u16 probe_port)
{
	__u32 offset, protocol_offset, header_bytes;
	__u8 protocol, icmp;
	__be16 type;

	if (!find_ip(skb, &offset, &type))
		return ETH_HLEN + VLAN_TAGS_MAX * sizeof(struct vlan_tag);
	if (type == bpf_htons(ETH_P_IP)) {
		protocol_offset = offsetof(struct iphdr, protocol);
		header_bytes = sizeof(struct iphdr);
		icmp = IPPROTO_ICMP;
	} else {
		protocol_offset = offsetof(struct ipv6hdr, nexthdr);
		header_bytes = sizeof(struct ipv6hdr);
		icmp = IPPROTO_ICMPV6;
	}
	if (bpf_skb_load_bytes(skb, offset + protocol_offset, &protocol, sizeof(protocol)) ||
	    protocol == icmp)
		return skb->len;
	if (protocol == IPPROTO_UDP && is_to_port(skb, offset + header_bytes, probe_port))
		return skb->len;
	return offset + header_bytes + MESSAGE_HEADER_BYTES;
}

/* False when the kernel has no memory to pull the frame together. */
static __always_inline bool frame_of_skb(struct __sk_buff *skb, __u16 probe_port,
					 struct frame *frame)
{
	__u32 needed = bytes_to_judge(skb, probe_port);

	if (needed > skb->len)
		needed = skb->len;
	if ((void *)(long)skb->data + needed > (void *)(long)skb->data_end &&
	    bpf_skb_pull_data(skb, needed))
		return false;
	frame->data = (void *)(long)skb->data;
	frame->end = (void *)(long)skb->data_end;
	frame->bytes = skb->len;
	frame->ifindex = skb->ifindex;
	frame->tags_aside = skb->vlan_present ? 1 : 0;
	return true;
}

#endif
