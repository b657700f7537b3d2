/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * The kernel's side of Buddyring: one program on each way of an interface.
 *
 * Theory of operation. `buddyring_xdp` sees a frame before the stack does. What
 * others ask it answers on the spot; what others answered to us it stamps and
 * keeps; all else it passes. `buddyring_ingress` does the same at tc ingress, for
 * interfaces whose XDP slot another program has; only one of the two is attached.
 * `buddyring_egress` stamps our probes as they leave and stops nothing. The order of
 * decisions is the table in docs/protocol.md, and each frame adds one to exactly one
 * counter of `verdicts`.
 */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <stdbool.h>
#include <stddef.h>
#include <bpf/bpf_helpers.h>

#include "answer.h"
#include "arrival.h"
#include "contract.h"
#include "departure.h"
#include "frame.h"
#include "maps.h"
#include "parse.h"
#include "stamp.h"

/* What becomes of a frame, in the terms of neither hook. */
enum outcome { LET_PASS, SEND_BACK, TAKE, DROP };

static __always_inline enum outcome outcome_of(__u32 verdict)
{
	switch (verdict) {
	case BUDDYRING_ANSWERED_PLAIN:
	case BUDDYRING_ANSWERED_PROBE:
		return SEND_BACK;
	case BUDDYRING_ARRIVED:
		return TAKE;
	case BUDDYRING_DROP_UNMATCHED:
	case BUDDYRING_DROP_DUPLICATE:
	case BUDDYRING_DROP_REPLAYED:
	case BUDDYRING_DROP_UNSEALED:
	case BUDDYRING_DROP_UNKNOWN_KEY:
	case BUDDYRING_DROP_BAD_SEAL:
		return DROP;
	default:
		return LET_PASS;
	}
}

/* `ctx` is NULL at tc ingress. */
static __always_inline __u32 judge(const struct frame *frame, struct buddyring_agent *self,
				   struct xdp_md *ctx)
{
	struct message message;
	struct stamp stamp;
	__u32 verdict = parse_message(frame, self, &message);

	if (verdict != IS_MESSAGE)
		return verdict;
	if (message.is_request)
		return answer(&message, self);
	stamp = stamp_arrival(ctx);
	return take_reply(&message, self, &stamp);
}

SEC("xdp")
int buddyring_xdp(struct xdp_md *ctx)
{
	struct buddyring_agent *self = find_agent();
	__u32 verdict = BUDDYRING_PASS_OTHER_DESTINATION;
	struct frame frame;

	frame_of_xdp(ctx, &frame);
	if (self)
		verdict = judge(&frame, self, ctx);
	count(verdict);
	switch (outcome_of(verdict)) {
	case SEND_BACK:
		return XDP_TX;
	case TAKE:
	case DROP:
		return XDP_DROP;
	default:
		return XDP_PASS;
	}
}

SEC("tc")
int buddyring_ingress(struct __sk_buff *skb)
{
	struct buddyring_agent *self = find_agent();
	__u32 verdict = BUDDYRING_PASS_OTHER_DESTINATION;
	struct frame frame;

	if (self)
		verdict = frame_of_skb(skb, read_once(self->probe_port), &frame)
			      ? judge(&frame, self, NULL)
			      : BUDDYRING_PASS_UNUSUAL_IP;
	count(verdict);
	switch (outcome_of(verdict)) {
	case SEND_BACK:
		return bpf_redirect(skb->ifindex, 0);
	case TAKE:
		return TC_ACT_STOLEN; /* as SHOT, but not counted as a loss */
	case DROP:
		return TC_ACT_SHOT;
	default:
		return TC_ACT_UNSPEC;
	}
}

SEC("tc")
int buddyring_egress(struct __sk_buff *skb)
{
	depart(skb);
	return TC_ACT_UNSPEC;
}

char program_license[] SEC("license") = "GPL";
