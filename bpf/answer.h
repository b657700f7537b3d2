/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * A request becomes its reply in place, in the frame that brought it. A plain echo
 * request keeps its data; a probe of ours learns who answers, and whether
 * the agent behind this kernel is to be seen: a kernel that answers is not yet
 * a server that lives. While that agent's judge is at work, the answer also says
 * which of its own buddies it holds for dead.
 */
#ifndef BUDDYRING_ANSWER_H
#define BUDDYRING_ANSWER_H

#include "checksum.h"
#include "maps.h"
#include "parse.h"
#include "probe_checksum.h"
#include "seal.h"
#include "window.h"

#define ANSWER_HOPS 64

static __always_inline void turn_ethernet_round(struct ethhdr *eth)
{
	__u8 link_address[ETH_ALEN];

	__builtin_memcpy(link_address, eth->h_source, ETH_ALEN);
	__builtin_memcpy(eth->h_source, eth->h_dest, ETH_ALEN);
	__builtin_memcpy(eth->h_dest, link_address, ETH_ALEN);
}

static __always_inline void turn_ipv4_round(struct iphdr *ip)
{
	__be32 asker = ip->saddr;

	ip->saddr = ip->daddr;
	ip->daddr = asker;
	ip->ttl = ANSWER_HOPS;
	ip->check = 0;
	ip->check = ~fold(sum_of(ip, sizeof(*ip)));
}

static __always_inline void turn_ipv6_round(struct ipv6hdr *ip)
{
	struct in6_addr asker = ip->saddr;

	ip->saddr = ip->daddr;
	ip->daddr = asker;
	ip->hop_limit = ANSWER_HOPS;
}

static __always_inline void turn_udp_round(struct udphdr *udp)
{
	__be16 asker = udp->source;

	udp->source = udp->dest;
	udp->dest = asker;
}

/* All but the checksum of the message. VLAN tags stay as they are. */
static __always_inline void turn_round(struct message *message)
{
	turn_ethernet_round(message->eth);
	if (message->is_ipv6)
		turn_ipv6_round(message->ipv6);
	else
		turn_ipv4_round(message->ipv4);
	if (message->is_udp)
		turn_udp_round(message->udp);
	else
		message->icmp->type = message->is_ipv6 ? ICMPV6_ECHOREPLY : ICMP_ECHOREPLY;
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

/* Renewed in time, and every process that it rests on still there. */
static __always_inline bool lease_is_fresh(struct buddyring_agent *self, __u64 now)
{
	return now <= read_once(self->lease_expires_ns) &&
	       read_once(self->term) >= read_once(self->term_floor);
}

static __always_inline __u16 answer_flags(struct buddyring_agent *self, __u64 epoch, bool for_buddy)
{
	__u64 now = bpf_ktime_get_ns();
	__u16 flags = word_flags(self, epoch, now);

	if (lease_is_fresh(self, now))
		flags |= BUDDYRING_ANSWER_LEASE_FRESH;
	if (read_once(self->keep_stale))
		flags |= BUDDYRING_ANSWER_KEEP_STALE;
	if (read_once(self->member))
		flags |= BUDDYRING_ANSWER_MEMBER;
	if (for_buddy)
		flags |= BUDDYRING_ANSWER_ASKER_IS_BUDDY;
	return flags;
}

/* A probe of ours with a right checksum, for us, becomes its answer, still without a checksum. */
static __always_inline void fill_answer(struct buddyring_probe *probe, struct buddyring_agent *self,
					const struct buddyring_probe_key *key, bool for_buddy)
{
	__u64 epoch = read_once(self->epoch);

	probe->flags = bpf_htons(answer_flags(self, epoch, for_buddy));
	probe->kind = BUDDYRING_KIND_ANSWER;
	probe->answerer = bpf_cpu_to_be64(self->identity);
	probe->incarnation = bpf_cpu_to_be64(read_once(self->incarnation));
	probe->epoch = bpf_cpu_to_be64(epoch);
	if (probe->key)
		probe->seal = seal_of(probe, key);
}

static __always_inline __u32 answer_probe(struct message *message, struct buddyring_agent *self)
{
	struct buddyring_probe *probe = message->probe;
	struct buddyring_probe_key *key;
	struct watched asker;
	bool for_buddy = false;

	if (!checksum_is_right(message))
		return bad_checksum(message);
	if (probe->target != bpf_cpu_to_be64(self->identity))
		return BUDDYRING_PASS_WRONG_TARGET;
	key = find_key(probe->key);
	if (!key)
		return probe->key ? BUDDYRING_PASS_UNKNOWN_KEY : BUDDYRING_PASS_UNSEALED;
	if (!seal_fits(probe, key))
		return BUDDYRING_PASS_BAD_SEAL;
	if (find_watched(&message->source, &asker) &&
	    bpf_cpu_to_be64(asker.peer->identity) == probe->sender) {
		if (probe->key && is_replayed(&asker, probe))
			return BUDDYRING_DROP_REPLAYED;
		for_buddy = read_once(asker.peer->role) == BUDDYRING_PEER_BUDDY;
	}
	fill_answer(probe, self, key, for_buddy);
	turn_round(message);
	set_checksum(message);
	return BUDDYRING_ANSWERED_PROBE;
}

/*
 * Only the type differs from the request: the pseudo-header of ICMPv6 is the same both ways, and
 * with it no message sums up to nothing.
 */
static __always_inline __u16 checksum_of_plain_reply(const struct message *message)
{
	__u16 checksum = message->icmp->checksum;

	if (message->is_ipv6)
		return checksum_after(checksum, bpf_htons(ICMPV6_ECHO << 8),
				      bpf_htons(ICMPV6_ECHOREPLY << 8));
	return checksum_after_clearing(
	    checksum, bpf_htons(ICMP_ECHO << 8), (const __u8 *)&message->icmp->identifier,
	    message->bytes - offsetof(struct echo_header, identifier), message->frame_end);
}

static __always_inline __u32 answer_plain(struct message *message)
{
	struct watched asker;

	if (!find_watched(&message->source, &asker))
		return BUDDYRING_PASS_UNKNOWN_ASKER;
	turn_round(message);
	message->icmp->checksum = checksum_of_plain_reply(message);
	return BUDDYRING_ANSWERED_PLAIN;
}

/* REQUIRES a request. */
static __always_inline __u32 answer(struct message *message, struct buddyring_agent *self)
{
	if (message->probe && message->probe->kind == BUDDYRING_KIND_PROBE)
		return answer_probe(message, self);
	return answer_plain(message);
}

#endif
