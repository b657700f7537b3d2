/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * The least that answers an echo: for measurements of what ours costs beyond it. It
 * believes whatever comes: no checksum, no address, no length but that of the headers.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define ICMP_ECHO 8

struct echo {
	struct ethhdr eth;
	struct iphdr ip;
	__u8 type;
	__u8 code;
	__sum16 checksum;
} __attribute__((packed));

SEC("xdp")
int bare_echo(struct xdp_md *ctx)
{
	struct echo *echo = (void *)(long)ctx->data;
	__u8 link_address[ETH_ALEN];
	__u32 sum;
	__be32 asker;

	if ((void *)(echo + 1) > (void *)(long)ctx->data_end ||
	    echo->eth.h_proto != bpf_htons(ETH_P_IP) || echo->ip.protocol != IPPROTO_ICMP ||
	    echo->type != ICMP_ECHO)
		return XDP_PASS;
	__builtin_memcpy(link_address, echo->eth.h_source, ETH_ALEN);
	__builtin_memcpy(echo->eth.h_source, echo->eth.h_dest, ETH_ALEN);
	__builtin_memcpy(echo->eth.h_dest, link_address, ETH_ALEN);
	asker = echo->ip.saddr;
	echo->ip.saddr = echo->ip.daddr;
	echo->ip.daddr = asker;
	echo->type = 0;
	/* The type was the upper half of a word; RFC 1624, equation 3. */
	sum = echo->checksum + bpf_htons(ICMP_ECHO << 8);
	echo->checksum = (sum & 0xffff) + (sum >> 16);
	return XDP_TX;
}

char program_license[] SEC("license") = "GPL";
