/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * A probe of ours on its way out. What is stamped here really left: a cycle
 * without a departure accuses nobody. The packet is copied to the stack,
 * because a socket buffer need not be linear.
 */
#ifndef BUDDYRING_DEPARTURE_H
#define BUDDYRING_DEPARTURE_H

#include "maps.h"
#include "parse.h"

struct departing {
	struct iphdr ip;
	struct echo_header icmp;
	struct buddyring_probe probe;
};

_Static_assert(sizeof(struct departing) == 96, "28 bytes of headers, 4 of padding, the probe");

/* True when the packet is an echo request with a probe that this server sends. */
static __always_inline bool
load_departing(struct __sk_buff *skb, const struct buddyring_agent *self, struct departing *packet)
{
	if (skb->protocol != bpf_htons(ETH_P_IP) ||
	    bpf_skb_load_bytes(skb, ETH_HLEN, &packet->ip, sizeof(packet->ip)) ||
	    *(__u8 *)&packet->ip != IPV4_WITHOUT_OPTIONS || packet->ip.protocol != IPPROTO_ICMP ||
	    packet->ip.tot_len != bpf_htons(PROBE_IP_BYTES) ||
	    (packet->ip.frag_off & bpf_htons(IPV4_FRAGMENT_MASK)))
		return false;
	if (bpf_skb_load_bytes(skb, ETH_HLEN + sizeof(struct iphdr), &packet->icmp,
			       sizeof(packet->icmp)) ||
	    bpf_skb_load_bytes(skb, ETH_HLEN + ECHO_BYTES_MIN, &packet->probe,
			       sizeof(packet->probe)))
		return false;
	return packet->icmp.type == ICMP_ECHO && packet->icmp.code == 0 &&
	       is_version_of_ours(&packet->probe) && packet->probe.kind == BUDDYRING_KIND_PROBE &&
	       packet->probe.sender == bpf_cpu_to_be64(self->identity) && packet->probe.number;
}

static __always_inline void record_departure(struct buddyring_peer_state *state,
					     const struct buddyring_probe *probe)
{
	__u64 number = bpf_be64_to_cpu(probe->number);
	struct buddyring_flight *flight = &state->flight[number & (BUDDYRING_FLIGHTS - 1)];
	__u64 now = bpf_ktime_get_ns();

	/* The exchanges order what lies between them for every CPU. */
	__sync_lock_test_and_set(&flight->number, 0);
	write_once(flight->nonce, bpf_be64_to_cpu(probe->nonce));
	write_once(flight->departed_ns, now);
	write_once(flight->arrived_ns, 0);
	__sync_lock_test_and_set(&flight->number, number);

	write_once(state->departed_ns, now);
	__sync_fetch_and_add(&state->departures, 1);
	__sync_lock_test_and_set(&state->departed_number, number);
}

static __always_inline void depart(struct __sk_buff *skb)
{
	const struct buddyring_agent *self = find_agent();
	struct departing packet;
	struct watched to;

	if (!self || !load_departing(skb, self, &packet) || !find_watched(packet.ip.daddr, &to))
		return;
	record_departure(to.state, &packet.probe);
	count(BUDDYRING_DEPARTED);
}

#endif
