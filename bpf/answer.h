/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * An echo request becomes its reply in place, in the frame that brought it. A
 * plain request keeps its data; a probe of ours learns who answers, and whether
 * the agent behind this kernel is to be seen: a kernel that answers is not yet
 * a server that lives. While that agent's judge is at work, the answer also says
 * which of its own buddies it holds for dead.
 */
#ifndef BUDDYRING_ANSWER_H
#define BUDDYRING_ANSWER_H

#include "checksum.h"
#include "maps.h"
#include "parse.h"

#define ANSWER_TTL 64

static __always_inline void turn_round(struct echo *echo)
{
	__be32 asker = echo->ip->saddr;
	__u8 link_address[ETH_ALEN];

	__builtin_memcpy(link_address, echo->eth->h_source, ETH_ALEN);
	__builtin_memcpy(echo->eth->h_source, echo->eth->h_dest, ETH_ALEN);
	__builtin_memcpy(echo->eth->h_dest, link_address, ETH_ALEN);
	echo->ip->saddr = echo->ip->daddr;
	echo->ip->daddr = asker;
	echo->ip->ttl = ANSWER_TTL;
	echo->ip->check = 0;
	echo->ip->check = ~sum_of(echo->ip, sizeof(*echo->ip));
	echo->icmp->type = ICMP_ECHOREPLY;
}

/*
 * The agent's word about the buddy list of `epoch`, while it is fresh. A word about another list
 * is none: its A and B may be other servers.
 */
static __always_inline __u16 word_flags(struct buddyring_agent *self, __u64 epoch, __u64 now)
{
	/* Adding nothing reads with full order: the word is not older than its expiry. */
	__u64 expires_ns = __sync_fetch_and_add(&self->word_expires_ns, 0);
	__u64 word = read_once(self->word);

	if (now > expires_ns || word >> BUDDYRING_EPOCH_SHIFT !=
				    epoch << BUDDYRING_EPOCH_SHIFT >> BUDDYRING_EPOCH_SHIFT)
		return 0;
	return BUDDYRING_ANSWER_WORD_FRESH |
	       (word & (BUDDYRING_ANSWER_DOUBTS_A | BUDDYRING_ANSWER_DOUBTS_B));
}

static __always_inline __u16 answer_flags(const struct echo *echo, struct buddyring_agent *self,
					  __u64 epoch)
{
	__u64 now = bpf_ktime_get_ns();
	__u16 flags = word_flags(self, epoch, now);
	struct watched asker;

	if (now <= read_once(self->lease_expires_ns))
		flags |= BUDDYRING_ANSWER_LEASE_FRESH;
	if (read_once(self->member))
		flags |= BUDDYRING_ANSWER_MEMBER;
	if (find_watched(echo->ip->saddr, &asker) &&
	    read_once(asker.peer->role) == BUDDYRING_PEER_BUDDY &&
	    bpf_cpu_to_be64(asker.peer->identity) == echo->probe->sender)
		flags |= BUDDYRING_ANSWER_ASKER_IS_BUDDY;
	return flags;
}

static __always_inline __u32 answer_probe(struct echo *echo, struct buddyring_agent *self)
{
	struct buddyring_probe *probe = echo->probe;
	__u64 epoch = read_once(self->epoch);

	if (sum_of(echo->icmp, PROBE_ICMP_BYTES) != CHECKSUM_RIGHT)
		return BUDDYRING_PASS_BAD_ICMP;
	if (probe->target != bpf_cpu_to_be64(self->identity))
		return BUDDYRING_PASS_WRONG_TARGET;
	probe->flags = bpf_htons(answer_flags(echo, self, epoch));
	probe->kind = BUDDYRING_KIND_ANSWER;
	probe->answerer = bpf_cpu_to_be64(self->identity);
	probe->incarnation = bpf_cpu_to_be64(read_once(self->incarnation));
	probe->epoch = bpf_cpu_to_be64(epoch);
	turn_round(echo);
	echo->icmp->checksum = 0;
	echo->icmp->checksum = ~sum_of(echo->icmp, PROBE_ICMP_BYTES);
	return BUDDYRING_ANSWERED_PROBE;
}

static __always_inline __u32 answer_plain(struct echo *echo)
{
	struct watched asker;

	if (!find_watched(echo->ip->saddr, &asker))
		return BUDDYRING_PASS_UNKNOWN_ASKER;
	turn_round(echo);
	echo->icmp->checksum =
	    checksum_after_clearing(echo->icmp->checksum, bpf_htons(ICMP_ECHO << 8),
				    (__u8 *)&echo->icmp->identifier, echo->end, echo->frame_end);
	return BUDDYRING_ANSWERED_PLAIN;
}

/* REQUIRES an echo request. */
static __always_inline __u32 answer(struct echo *echo, struct buddyring_agent *self)
{
	if (echo->probe && echo->probe->kind == BUDDYRING_KIND_PROBE)
		return answer_probe(echo, self);
	return answer_plain(echo);
}

#endif
