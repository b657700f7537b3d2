/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * A probe of ours on its way out. What is stamped here really left: a cycle
 * without a departure accuses nobody. The packet is copied to the stack,
 * because a socket buffer need not be linear. A VLAN tag may be in the frame,
 * or beside it in the buffer, where skb->protocol is what follows the tag.
 */
#ifndef BUDDYRING_DEPARTURE_H
#define BUDDYRING_DEPARTURE_H

#include "address.h"
#include "maps.h"
#include "parse.h"

struct departing {
	struct buddyring_address to;
	bool is_ipv6;
	bool is_udp;
	struct {
		union {
			struct echo_header icmp;
			struct udphdr udp;
		};
		struct buddyring_probe probe;
	} message;
};

_Static_assert(sizeof(((struct departing *)0)->message) == PROBE_MESSAGE_BYTES, "as on the wire");

/* Returns where the message begins; 0 when it cannot be a probe. */
static __always_inline __u32 load_ipv4(struct __sk_buff *skb, __u32 offset,
				       struct departing *packet)
{
	struct iphdr ip;

	if (bpf_skb_load_bytes(skb, offset, &ip, sizeof(ip)) ||
	    *(__u8 *)&ip != IPV4_WITHOUT_OPTIONS ||
	    (ip.protocol != IPPROTO_ICMP && ip.protocol != IPPROTO_UDP) ||
	    ip.tot_len != bpf_htons(sizeof(ip) + PROBE_MESSAGE_BYTES) ||
	    (ip.frag_off & bpf_htons(IPV4_FRAGMENT_MASK)))
		return 0;
	packet->is_udp = ip.protocol == IPPROTO_UDP;
	packet->to = from_ipv4(ip.daddr);
	return offset + sizeof(ip);
}

static __always_inline __u32 load_ipv6(struct __sk_buff *skb, __u32 offset,
				       struct departing *packet)
{
	struct ipv6hdr ip;

	if (bpf_skb_load_bytes(skb, offset, &ip, sizeof(ip)) || ip_version(&ip) != IPV6_VERSION ||
	    (ip.nexthdr != IPPROTO_ICMPV6 && ip.nexthdr != IPPROTO_UDP) ||
	    ip.payload_len != bpf_htons(PROBE_MESSAGE_BYTES) || is_mapped_ipv4(&ip.daddr))
		return 0;
	packet->is_ipv6 = true;
	packet->is_udp = ip.nexthdr == IPPROTO_UDP;
	packet->to = from_ipv6(&ip.daddr);
	return offset + sizeof(ip);
}

static __always_inline bool is_request(const struct departing *packet,
				       const struct buddyring_agent *self)
{
	const struct echo_header *icmp = &packet->message.icmp;
	const struct udphdr *udp = &packet->message.udp;

	if (packet->is_udp)
		return udp->source == udp->dest &&
		       udp->dest == bpf_htons(read_once(self->probe_port));
	return icmp->type == (packet->is_ipv6 ? ICMPV6_ECHO : ICMP_ECHO) && icmp->code == 0;
}

/* True when the packet is a request with a probe that this server sends. */
static __always_inline bool
load_departing(struct __sk_buff *skb, const struct buddyring_agent *self, struct departing *packet)
{
	const struct buddyring_probe *probe;
	__u32 offset;
	__be16 type;

	__builtin_memset(packet, 0, sizeof(*packet));
	if (!find_ip(skb, &offset, &type))
		return false;
	if (type == bpf_htons(ETH_P_IP))
		offset = load_ipv4(skb, offset, packet);
	else
		offset = load_ipv6(skb, offset, packet);
	if (!offset || bpf_skb_load_bytes(skb, offset, &packet->message, sizeof(packet->message)))
		return false;
	probe = &packet->message.probe;
	return is_request(packet, self) && is_version_of_ours(probe) &&
	       probe->kind == BUDDYRING_KIND_PROBE &&
	       probe->sender == bpf_cpu_to_be64(self->identity) && probe->number;
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
	write_once(flight->key, probe->key);
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

	if (!self || !load_departing(skb, self, &packet) || !find_watched(&packet.to, &to))
		return;
	record_departure(to.state, &packet.message.probe);
	count(BUDDYRING_DEPARTED);
}

#endif
