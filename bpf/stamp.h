/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * When an answer came: by the kernel's clock as the program saw it, and, where the
 * object is built for it, by the card's as it came off the wire.
 *
 * Theory of operation. A card stamps by a clock of its own, of another epoch and
 * another pace than CLOCK_MONOTONIC. For a frame that waited for nobody the two
 * differ least, so the smallest difference that was seen tells what time it is on
 * the card, and what a frame's difference is above that is how long it waited. A
 * difference ages: with its age it counts for a little more, by as much as two clocks
 * drift apart at most, so that a stamp is never translated into a time before the
 * frame came. Nor is it into one after the program saw it: then the difference is the
 * new smallest. A frame that seems to have waited for longer than any frame does means
 * that a clock was set: what was learnt is thrown away. CPUs write without a lock; what
 * one of them overwrites is learnt again from the next frame.
 */
#ifndef BUDDYRING_STAMP_H
#define BUDDYRING_STAMP_H

#include <stdbool.h>
#include <linux/types.h>
#include <bpf/bpf_helpers.h>

#include "contract.h"
#include "exchange.h"

/* Of what the clocks drift apart a second, a power of two: 2^-12, 244 ppm. Oscillators are within
 * 100, and time keeping moves them by 500 at most for a short while. */
#define CARD_DRIFT_SHIFT 12

struct stamp {
	__u64 seen_ns; /* when the program saw the frame */
	__u64 card_ns; /* when the card took it, in CLOCK_MONOTONIC; 0: it does not say */
};

/* What the card says in CLOCK_MONOTONIC: not after `now`. 0 when it says nothing to rely on. */
static __always_inline __u64 translate(struct buddyring_card_clock *clock, __u64 now, __u64 card)
{
	__s64 difference = (__s64)(now - card);
	__u64 learnt_ns = read_once(clock->learnt_ns);
	__s64 smallest = (__s64)read_once(clock->difference_ns);
	__s64 waited_ns;

	if (!card) {
		__sync_fetch_and_add(&clock->missing, 1);
		return 0;
	}
	if (learnt_ns && now > learnt_ns)
		smallest += (now - learnt_ns) >> CARD_DRIFT_SHIFT;
	waited_ns = difference - smallest;
	if (!learnt_ns || waited_ns <= 0 || waited_ns > BUDDYRING_CARD_WAIT_MAX_NS) {
		write_once(clock->difference_ns, difference);
		write_once(clock->learnt_ns, now);
	}
	if (learnt_ns && waited_ns > BUDDYRING_CARD_WAIT_MAX_NS) {
		__sync_fetch_and_add(&clock->steps, 1);
		return 0;
	}
	__sync_fetch_and_add(&clock->translated, 1);
	return !learnt_ns || waited_ns <= 0 ? now : now - waited_ns;
}

/* Whoever includes this for a card's stamps defines CARD_STAMP(frame), 0 for none. A frame of tc
 * ingress has none: NULL. */
#ifdef CARD_STAMP
static __always_inline struct stamp stamp_arrival(struct xdp_md *frame)
{
	struct buddyring_card_clock *clock;
	struct stamp stamp = {.seen_ns = bpf_ktime_get_ns()};
	__u32 only = 0;

	clock = bpf_map_lookup_elem(&card_clock, &only);
	if (frame && clock)
		stamp.card_ns = translate(clock, stamp.seen_ns, CARD_STAMP(frame));
	return stamp;
}
#else
static __always_inline struct stamp stamp_arrival(struct xdp_md *frame)
{
	(void)frame;
	return (struct stamp){.seen_ns = bpf_ktime_get_ns()};
}
#endif

#endif
