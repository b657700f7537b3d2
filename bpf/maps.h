/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * The maps, under the names by which all but one are pinned, and the few ways in
 * which the programs touch them. Several CPUs may run a program at once: what
 * they all write is added to or exchanged atomically, nothing else is shared.
 */
#ifndef BUDDYRING_MAPS_H
#define BUDDYRING_MAPS_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "contract.h"
#include "exchange.h"

#define MAPPED_ARRAY(name, entries, value_type)                                                    \
	struct {                                                                                   \
		__uint(type, BPF_MAP_TYPE_ARRAY);                                                  \
		__uint(map_flags, BPF_F_MMAPABLE);                                                 \
		__uint(max_entries, entries);                                                      \
		__type(key, __u32);                                                                \
		__type(value, value_type);                                                         \
	} name SEC(".maps")

MAPPED_ARRAY(agent, 1, struct buddyring_agent);
MAPPED_ARRAY(peer, BUDDYRING_MAX_PEERS, struct buddyring_peer);
MAPPED_ARRAY(peer_state, BUDDYRING_MAX_PEERS, struct buddyring_peer_state);
MAPPED_ARRAY(rtt_histogram, BUDDYRING_MAX_PEERS, struct buddyring_rtt_histogram);
MAPPED_ARRAY(report, 1, struct buddyring_report);
MAPPED_ARRAY(card_clock, 1, struct buddyring_card_clock);

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, BUDDYRING_MAX_PEERS);
	__type(key, struct buddyring_address);
	__type(value, __u32);
} peer_slots SEC(".maps");

/* Not under the pinned ones, nor mapped: it holds secrets. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, BUDDYRING_KEY_IDS);
	__type(key, __u32);
	__type(value, struct buddyring_probe_key);
} probe_keys SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, BUDDYRING_VERDICTS);
	__type(key, __u32);
	__type(value, __u64);
} verdicts SEC(".maps");

/* A slot that is in use, with all that belongs to it. */
struct watched {
	struct buddyring_peer *peer;
	struct buddyring_peer_state *state;
	struct buddyring_rtt_histogram *histogram;
};

static __always_inline struct buddyring_agent *find_agent(void)
{
	__u32 only = 0;

	return bpf_map_lookup_elem(&agent, &only);
}

/* The slot that watches `address`; false when no slot in use does. */
static __always_inline bool find_watched(const struct buddyring_address *address,
					 struct watched *found)
{
	__u32 *slot = bpf_map_lookup_elem(&peer_slots, address);

	if (!slot)
		return false;
	found->peer = bpf_map_lookup_elem(&peer, slot);
	found->state = bpf_map_lookup_elem(&peer_state, slot);
	found->histogram = bpf_map_lookup_elem(&rtt_histogram, slot);
	if (!found->peer || !found->state || !found->histogram)
		return false;
	return read_once(found->peer->role) != BUDDYRING_PEER_FREE;
}

/* Preemption by another program on this CPU is possible for tc, hence the atomic. */
static __always_inline void count(__u32 verdict)
{
	__u64 *counter = bpf_map_lookup_elem(&verdicts, &verdict);

	if (counter)
		__sync_fetch_and_add(counter, 1);
}

#endif
