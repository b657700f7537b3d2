/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * The XDP program with stamps of a card that the test is: it says what the card's clock
 * is ahead of ours, and for how long the frame has waited. And one step of the
 * translation alone, at a time that the test chooses.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "card.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct card_says);
} card_says SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct card_translation);
} translation SEC(".maps");

static __always_inline __u64 said_by_card(void)
{
	__u32 only = 0;
	struct card_says *says = bpf_map_lookup_elem(&card_says, &only);

	return says && says->ahead_ns ? bpf_ktime_get_ns() - says->waited_ns + says->ahead_ns : 0;
}
#define CARD_STAMP(frame) ((void)(frame), said_by_card())

#include "bpf/buddyring.bpf.c"

SEC("xdp")
int translate_once(struct xdp_md *ctx)
{
	__u32 only = 0;
	struct card_translation *asked = bpf_map_lookup_elem(&translation, &only);
	struct buddyring_card_clock *clock = bpf_map_lookup_elem(&card_clock, &only);

	(void)ctx;
	if (asked && clock)
		asked->translated = translate(clock, asked->now, asked->card);
	return XDP_PASS;
}
