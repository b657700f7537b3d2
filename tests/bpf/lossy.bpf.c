/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * The network's own faults, for the ports of the lab's switch.
 *
 * Theory of operation. A port's program sees what the host behind it sends: from
 * its stack and, as the frames that XDP_TX returns come the same way, from its
 * XDP program. A pair of addresses, in this direction, loses as many of its IPv4
 * frames as its entry in `losses` says; all else passes, ARP among it. With the
 * map empty it passes everything, which a veth end must do by a program: what
 * its peer sends by XDP_TX is delivered only to an end that runs one.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "lossy.h"

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

SEC("xdp")
int lossy(struct xdp_md *ctx)
{
	struct ethhdr *eth = (void *)(long)ctx->data;
	struct iphdr *ip = (void *)(eth + 1);
	struct lossy_pair pair;
	__u32 only = 0;
	__u64 *count;

	if ((void *)(ip + 1) > (void *)(long)ctx->data_end || eth->h_proto != bpf_htons(ETH_P_IP))
		return XDP_PASS;
	pair.source = ip->saddr;
	pair.destination = ip->daddr;
	if (bpf_get_prandom_u32() % LOSSY_ALL >= loss_of(pair))
		return XDP_PASS;
	count = bpf_map_lookup_elem(&drops, &only);
	if (count)
		++*count;
	return XDP_DROP;
}

char program_license[] SEC("license") = "GPL";
