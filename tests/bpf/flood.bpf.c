/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * A generator of echo requests and a counter of what answers them, for measurements. The generator
 * is run with BPF_F_TEST_XDP_LIVE_FRAMES, whose frames are used again as they came back: each is
 * written anew.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "tests/bpf/flood.h"

#define ICMP_ECHOREPLY 0

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct flood_frame);
} frame SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} answers SEC(".maps");

struct echo {
	struct ethhdr eth;
	struct iphdr ip;
	__u8 type;
} __attribute__((packed));

SEC("xdp")
int flood_send(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	__u32 only = 0;
	struct flood_frame *wanted = bpf_map_lookup_elem(&frame, &only);

	if (!wanted || data + sizeof(*wanted) > (void *)(long)ctx->data_end)
		return XDP_DROP;
	__builtin_memcpy(data, wanted, sizeof(*wanted));
	return XDP_TX;
}

SEC("xdp")
int flood_count(struct xdp_md *ctx)
{
	struct echo *echo = (void *)(long)ctx->data;
	__u32 only = 0;
	__u64 *count;

	if ((void *)(echo + 1) > (void *)(long)ctx->data_end ||
	    echo->eth.h_proto != bpf_htons(ETH_P_IP) || echo->ip.protocol != IPPROTO_ICMP ||
	    echo->type != ICMP_ECHOREPLY)
		return XDP_PASS;
	count = bpf_map_lookup_elem(&answers, &only);
	if (count)
		*count += 1;
	return XDP_DROP;
}

SEC("xdp")
int flood_pass(struct xdp_md *ctx)
{
	(void)ctx;
	return XDP_PASS;
}

char program_license[] SEC("license") = "GPL";
