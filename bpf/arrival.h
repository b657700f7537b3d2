/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * An answer to a probe of ours ends here: it is matched with its departure,
 * timed, put into a class and written down where the agent reads it. Of two
 * copies the one that exchanges arrived_ns first counts.
 */
#ifndef BUDDYRING_ARRIVAL_H
#define BUDDYRING_ARRIVAL_H

#include "maps.h"
#include "parse.h"
#include "probe_checksum.h"
#include "seal.h"
#include "stamp.h"

static __always_inline __u32 classify(const struct buddyring_probe *answer,
				      const struct buddyring_peer *expected)
{
	__u16 flags = bpf_ntohs(answer->flags);

	if (answer->kind == BUDDYRING_KIND_PROBE)
		return BUDDYRING_PLAIN;
	if (bpf_be64_to_cpu(answer->answerer) != read_once(expected->identity))
		return BUDDYRING_OTHER_IDENTITY;
	if (!(flags & BUDDYRING_ANSWER_MEMBER))
		return BUDDYRING_NOT_MEMBER;
	if (bpf_be64_to_cpu(answer->incarnation) != read_once(expected->incarnation))
		return BUDDYRING_OTHER_INCARNATION;
	if (!(flags & BUDDYRING_ANSWER_LEASE_FRESH))
		return flags & BUDDYRING_ANSWER_KEEP_STALE ? BUDDYRING_STALE_KEPT
							   : BUDDYRING_STALE_LEASE;
	return BUDDYRING_LIVE;
}

/* The last bucket b with 2^b <= rtt_ns; bucket 0 takes 0 as well. */
static __always_inline __u32 rtt_bucket(__u64 rtt_ns)
{
	__u32 bucket = 0;

#pragma unroll
	for (__u32 i = 1; i < BUDDYRING_RTT_BUCKETS; i++)
		bucket += rtt_ns >> i != 0;
	return bucket;
}

static __always_inline void record_rtt(struct watched *from, __u64 rtt_ns)
{
	struct buddyring_peer_state *state = from->state;
	__u32 bucket = rtt_bucket(rtt_ns);

	write_once(state->rtt_last_ns, rtt_ns);
	lower_to(&state->rtt_min_ns, rtt_ns);
	raise_to(&state->rtt_max_ns, rtt_ns);
	__sync_fetch_and_add(&state->rtt_sum_ns, rtt_ns);
	__sync_fetch_and_add(&state->rtt_count, 1);
	if (bucket < BUDDYRING_RTT_BUCKETS)
		__sync_fetch_and_add(&from->histogram->bucket[bucket], 1);
}

/* The stamp comes last, so that who sees it sees what it stamps. */
static __always_inline void record_sighting(struct watched *from,
					    const struct buddyring_probe *answer, __u64 departed_ns,
					    __u64 arrived_ns, __u64 stamped_by)
{
	__u64 number = bpf_be64_to_cpu(answer->number);
	__u32 class = classify(answer, from->peer);
	struct buddyring_sighting *sighting;

	if (class >= BUDDYRING_ANSWER_CLASSES)
		return;
	sighting = &from->state->sighting[class];
	/* What an answer says that was overtaken by a later one is old. */
	if (number >= read_once(sighting->number)) {
		write_once(sighting->departed_ns, departed_ns);
		write_once(sighting->number, number);
		write_once(sighting->incarnation, bpf_be64_to_cpu(answer->incarnation));
		write_once(sighting->said, bpf_be64_to_cpu(answer->epoch) << BUDDYRING_EPOCH_SHIFT |
					       bpf_ntohs(answer->flags));
		write_once(sighting->stamped_by, stamped_by);
	}
	__sync_fetch_and_add(&sighting->count, 1);
	raise_to(&sighting->arrived_ns, arrived_ns);
}

static __always_inline __u32 refusal_of_key(const struct buddyring_probe *answer)
{
	return answer->key ? BUDDYRING_DROP_UNKNOWN_KEY : BUDDYRING_DROP_UNSEALED;
}

static __always_inline __u32 arrive(struct watched *from, const struct buddyring_probe *answer,
				    const struct stamp *stamp)
{
	__u64 number = bpf_be64_to_cpu(answer->number);
	struct buddyring_flight *flight;
	__u64 departed_ns, arrived_ns;
	bool by_hardware;

	/*
	 * A probe of ours that was answered without having been seen to leave: somebody's
	 * filter ends the packet's way before our egress program. The judge must know, or
	 * it would take every buddy for silent.
	 */
	if (number > read_once(from->state->departed_number)) {
		raise_to(&from->state->unstamped_ns, stamp->seen_ns);
		return BUDDYRING_DROP_UNMATCHED;
	}
	flight = &from->state->flight[number & (BUDDYRING_FLIGHTS - 1)];
	/* Adding nothing reads with full order: what follows is not older than the number. */
	if (number == 0 || __sync_fetch_and_add(&flight->number, 0) != number ||
	    read_once(flight->nonce) != bpf_be64_to_cpu(answer->nonce))
		return BUDDYRING_DROP_UNMATCHED;
	if (read_once(flight->key) != answer->key)
		return refusal_of_key(answer);
	departed_ns = read_once(flight->departed_ns);
	if (stamp->seen_ns < departed_ns)
		return BUDDYRING_DROP_UNMATCHED;
	by_hardware = stamp->card_ns && stamp->card_ns >= departed_ns;
	arrived_ns = by_hardware ? stamp->card_ns : stamp->seen_ns;
	if (__sync_val_compare_and_swap(&flight->arrived_ns, 0, arrived_ns) != 0)
		return BUDDYRING_DROP_DUPLICATE;
	record_rtt(from, arrived_ns - departed_ns);
	if (by_hardware)
		__sync_fetch_and_add(&from->state->hardware_stamps, 1);
	record_sighting(from, answer, departed_ns, arrived_ns,
			by_hardware ? BUDDYRING_STAMP_HARDWARE : BUDDYRING_STAMP_KERNEL);
	return BUDDYRING_ARRIVED;
}

/* REQUIRES a reply. */
static __always_inline __u32 take_reply(const struct message *message,
					const struct buddyring_agent *self,
					const struct stamp *stamp)
{
	const struct buddyring_probe *answer = message->probe;
	const struct buddyring_probe_key *key;
	struct watched from;

	if (!answer || (message->is_udp && message->udp->source != message->udp->dest) ||
	    (answer->kind != BUDDYRING_KIND_PROBE && answer->kind != BUDDYRING_KIND_ANSWER) ||
	    answer->sender != bpf_cpu_to_be64(self->identity) ||
	    !find_watched(&message->source, &from))
		return BUDDYRING_PASS_FOREIGN_REPLY;
	if (!checksum_is_right(message))
		return bad_checksum(message);
	/* Before anything is believed of it, also that we did not see its probe leave. */
	key = find_key(answer->key);
	if (!key)
		return refusal_of_key(answer);
	if (!seal_fits(answer, key))
		return BUDDYRING_DROP_BAD_SEAL;
	return arrive(&from, answer, stamp);
}

#endif
