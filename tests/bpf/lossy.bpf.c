/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * The network's own faults, for the ports of the lab's switch.
 *
 * Theory of operation. A port's program sees what the host behind it sends: from
 * its stack and, as the frames that XDP_TX returns come the same way, from its
 * XDP program. A pair of addresses, in this direction, loses as many of its IPv4
 * frames as its entry in `losses` says, and a port in `echoless` all echo messages,
 * as a network that filters ICMP; all else passes, ARP among it. With the maps empty
 * it passes everything, which a veth end must do by a program: what
 * its peer sends by XDP_TX is delivered only to an end that runs one.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <stdbool.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "lossy.h"

#define ICMP_ECHO	 8
#define ICMP_ECHOREPLY	 0
#define ICMPV6_ECHO	 128
#define ICMPV6_ECHOREPLY 129

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, ECHOLESS_PORTS_MAX);
	__type(key, __u32);
	__type(value, __u32);
} echoless SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, LOSSY_PAIRS_MAX);
	__type(key, struct lossy_pair);
	__type(value, __u32);
} losses SEC(".maps");

/* Frames dropped, summed over all ports. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} drops SEC(".maps");

static __always_inline __u32 loss_of(struct lossy_pair pair)
{
	struct lossy_pair every = {};
	__u32 *loss = bpf_map_lookup_elem(&losses, &pair);

	if (!loss)
		loss = bpf_map_lookup_elem(&losses, &every);
	return loss ? *loss : 0;
}

static __always_inline bool is_echo(const struct ethhdr *eth, const void *end)
{
	const struct iphdr *ipv4 = (void *)(eth + 1);
	const struct ipv6hdr *ipv6 = (void *)(eth + 1);
	const __u8 *type;

	if ((const void *)(eth + 1) > end)
		return false;
	if (eth->h_proto == bpf_htons(ETH_P_IP)) {
		type = (const __u8 *)(ipv4 + 1);
		return (const void *)(type + 1) <= end && ipv4->protocol == IPPROTO_ICMP &&
		       (*type == ICMP_ECHO || *type == ICMP_ECHOREPLY);
	}
	type = (const __u8 *)(ipv6 + 1);
	return eth->h_proto == bpf_htons(ETH_P_IPV6) && (const void *)(type + 1) <= end &&
	       ipv6->nexthdr == IPPROTO_ICMPV6 &&
	       (*type == ICMPV6_ECHO || *type == ICMPV6_ECHOREPLY);
}

static __always_inline int drop(void)
{
	__u32 only = 0;
	__u64 *count = bpf_map_lookup_elem(&drops, &only);

	if (count)
		++*count;
	return XDP_DROP;
}

SEC("xdp")
int lossy(struct xdp_md *ctx)
{
	struct ethhdr *eth = (void *)(long)ctx->data;
	struct iphdr *ip = (void *)(eth + 1);
	__u32 port = ctx->ingress_ifindex;
	struct lossy_pair pair;

	if (is_echo(eth, (void *)(long)ctx->data_end) && bpf_map_lookup_elem(&echoless, &port))
		return drop();
	if ((void *)(ip + 1) > (void *)(long)ctx->data_end || eth->h_proto != bpf_htons(ETH_P_IP))
		return XDP_PASS;
	pair.source = ip->saddr;
	pair.destination = ip->daddr;
	if (bpf_get_prandom_u32() % LOSSY_ALL >= loss_of(pair))
		return XDP_PASS;
	return drop();
}

char program_license[] SEC("license") = "GPL";
