/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * What an agent of layout 3 left in the kernel, as far as another layout's agent can
 * come across it: programs under their names, and their maps `agent` and `report` in
 * the sizes of that layout, with the fields that are looked for at their places.
 */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

#include "layout3.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct layout3_agent);
} agent SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct layout3_report);
} report SEC(".maps");

static __always_inline __u64 identity(void)
{
	__u32 only = 0;
	struct layout3_agent *self = bpf_map_lookup_elem(&agent, &only);

	return self ? self->identity : 0;
}

SEC("xdp")
int buddyring_xdp(struct xdp_md *ctx)
{
	(void)ctx;
	return identity() ? XDP_PASS : XDP_ABORTED;
}

SEC("tc")
int buddyring_egress(struct __sk_buff *skb)
{
	(void)skb;
	return identity() ? TC_ACT_UNSPEC : TC_ACT_SHOT;
}

char program_license[] SEC("license") = "GPL";
