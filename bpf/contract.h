/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * The contract between the kernel programs and userspace: the probe on the
 * wire, the layout of every pinned map, and their limits.
 *
 * Theory of operation. The agent writes `agent` (who we are, until when our
 * lease holds) and `peer` (whom we watch) through mapped memory. The egress
 * program stamps each departing probe into `peer_state`; the XDP program
 * answers what buddies ask and stamps what they answer. The agent then reads
 * `peer_state` through mapped memory: no receive call stands between an
 * arrival and the judge.
 *
 * All times are CLOCK_MONOTONIC nanoseconds of this host. On the wire, numbers
 * are big endian; in maps, host order, but for addresses, which stay in network
 * order everywhere. A change of any offset raises BUDDYRING_LAYOUT_VERSION, which
 * names the pin directory.
 */
#ifndef BUDDYRING_CONTRACT_H
#define BUDDYRING_CONTRACT_H

#include <linux/types.h>

#define BUDDYRING_LAYOUT_VERSION 6
#define BUDDYRING_PIN_DIRECTORY	 "v6"

/* Limits. A slot is a watched server: two buddies, eight beyond each that is suspected, and eight
 * newcomers. */
#define BUDDYRING_MAX_PEERS 32
/* The agent itself and the processes that it is told to watch. */
#define BUDDYRING_MAX_PROCESSES 16
#define BUDDYRING_FLIGHTS	64 /* remembered departures a peer, a power of two */
#define BUDDYRING_WINDOW	64 /* remembered numbers of a peer's probes, a power of two */
#define BUDDYRING_KEY_IDS	256
#define BUDDYRING_RTT_BUCKETS                                                                      \
	32 /* bucket b counts RTTs in [2^b, 2^(b+1)) ns; the last, all longer */
/* Delays in userspace: bucket 0 counts those below 2^14 ns (16 us), bucket b those from 2^(b+13) up
 * to 2^(b+14) ns; the last, all that were longer than the 4.3 s of 2^32 ns. */
#define BUDDYRING_DELAY_BUCKETS	     20
#define BUDDYRING_DELAY_FIRST_BIT    14
#define BUDDYRING_NAME_BYTES	     64 /* a name of up to 63 bytes and its NUL */
#define BUDDYRING_LINK_ADDRESS_BYTES 6
#define BUDDYRING_MAX_LINKS	     4	/* interfaces of a server */
#define BUDDYRING_MAX_ENDPOINTS	     8	/* of the registry */
#define BUDDYRING_INTERFACE_BYTES    16 /* the kernel's IFNAMSIZ */

/* The probe: the whole data of an ICMP or ICMPv6 echo request (or reply) of ours, or of a UDP
 * datagram from and to the pool's probe port. */
#define BUDDYRING_PROBE_MAGIC	0x42445259u /* "BDRY" */
#define BUDDYRING_PROBE_VERSION 2

enum buddyring_probe_kind {
	BUDDYRING_KIND_PROBE = 1,  /* as sent; a kernel without our program returns it unchanged */
	BUDDYRING_KIND_ANSWER = 2, /* the answering XDP program filled in the answer's fields */
};

enum buddyring_answer_flags {
	BUDDYRING_ANSWER_LEASE_FRESH = 1 << 0, /* the answerer's agent renewed its lease in time */
	BUDDYRING_ANSWER_MEMBER = 1 << 1,      /* the answerer holds itself a member of the pool */
	BUDDYRING_ANSWER_ASKER_IS_BUDDY =
	    1 << 2, /* the answerer counts the asker among its buddies */
	/* The answerer's word as a witness: whom its judge holds for dead, if that is fresh. */
	BUDDYRING_ANSWER_WORD_FRESH = 1 << 3,
	BUDDYRING_ANSWER_DOUBTS_A = 1 << 4, /* its own buddy A */
	BUDDYRING_ANSWER_DOUBTS_B = 1 << 5,
	BUDDYRING_ANSWER_KEEP_STALE = 1
				      << 6, /* it is to be held for alive with a stale lease, too */
};

/*
 * Flags in the low bits and above them the low 48 bits of the epoch of the buddy list that they
 * are about: one store, so that nobody takes a word about one list for a word about the next.
 */
#define BUDDYRING_EPOCH_SHIFT 16

struct buddyring_probe {
	__be32 magic;
	__u8 version;
	__u8 kind;	    /* enum buddyring_probe_kind */
	__be16 flags;	    /* enum buddyring_answer_flags; 0 in a probe */
	__be64 number;	    /* rises by one a probe to this target; 0 is no number */
	__be64 sender;	    /* identity of the asker */
	__be64 target;	    /* identity of the server asked */
	__be64 nonce;	    /* drawn anew for each probe */
	__be64 answerer;    /* identity of the server that answered; 0 in a probe */
	__be64 incarnation; /* of the answerer; in a probe of the asker, 0 while it is no member */
	__be64 epoch;	    /* of the answerer's buddy list; 0 in a probe */
	__u8 key;	    /* id of the pool's key under which it is sealed; 0: it has no seal */
	__u8 reserved[7];   /* 0 */
	__le64 seal;	    /* SipHash-2-4 over all that precedes it; 0 without a key */
};

/* What an answer was, in falling order of precedence but for LIVE. */
enum buddyring_answer_class {
	BUDDYRING_LIVE = 0,	     /* the expected server, incarnation, member, lease fresh */
	BUDDYRING_PLAIN,	     /* host up, not a member: the probe came back unchanged */
	BUDDYRING_OTHER_IDENTITY,    /* another server answers at this address */
	BUDDYRING_NOT_MEMBER,	     /* our program answers, its agent has not announced itself */
	BUDDYRING_OTHER_INCARNATION, /* the server restarted */
	BUDDYRING_STALE_LEASE,	     /* the kernel is up, the agent is not to be seen */
	BUDDYRING_STALE_KEPT,	     /* the same, of a server that wants to be kept: it lives */
	BUDDYRING_ANSWER_CLASSES,
};

/* What was done with each packet; index into the per-CPU `verdicts` map. */
enum buddyring_verdict {
	BUDDYRING_PASS_NOT_IP = 0,
	BUDDYRING_PASS_UNUSUAL_IP, /* options, fragment, extension, lengths, header checksum */
	BUDDYRING_PASS_OTHER_DESTINATION, /* not to our own address or not to our MAC */
	BUDDYRING_PASS_NOT_ECHO,	  /* nor UDP to the probe port */
	BUDDYRING_PASS_OTHER_DATAGRAM,	  /* UDP to the probe port that is no probe and no answer */
	BUDDYRING_PASS_UNKNOWN_ASKER,	  /* plain echo request from a server that is no peer */
	BUDDYRING_PASS_WRONG_TARGET,	  /* a probe that asks for another server */
	BUDDYRING_PASS_UNSEALED,	  /* a probe without a seal, where one is asked for */
	BUDDYRING_PASS_UNKNOWN_KEY,	  /* a probe under a key that we do not have */
	BUDDYRING_PASS_BAD_SEAL,	  /* a probe with a seal that is not its key's */
	BUDDYRING_PASS_BAD_ICMP,	  /* a probe or answer with a wrong checksum */
	BUDDYRING_PASS_BAD_UDP,		  /* the same over UDP */
	BUDDYRING_PASS_FOREIGN_REPLY,	  /* a reply that answers none of our probes */
	BUDDYRING_ANSWERED_PLAIN,
	BUDDYRING_ANSWERED_PROBE,
	BUDDYRING_ARRIVED,	    /* an answer matched its departure */
	BUDDYRING_DROP_UNMATCHED,   /* from a peer, but number or nonce fit no departure */
	BUDDYRING_DROP_DUPLICATE,   /* the departure was answered before */
	BUDDYRING_DROP_REPLAYED,    /* a sealed probe that was answered before, or may have been */
	BUDDYRING_DROP_UNSEALED,    /* an answer without the seal of its probe */
	BUDDYRING_DROP_UNKNOWN_KEY, /* an answer under a key that is not its probe's */
	BUDDYRING_DROP_BAD_SEAL,    /* an answer with a seal that is not its key's */
	BUDDYRING_DEPARTED,	    /* a probe of ours left */
	BUDDYRING_VERDICTS,
};

/* An address of either family, in network order; IPv4 in its mapped form, ::ffff:a.b.c.d. Aligned,
 * so that two are compared by two loads each. */
struct buddyring_address {
	__u8 bytes[16];
} __attribute__((aligned(8)));

/* An interface by which we are reached, and the MAC to which frames for us go there. */
struct buddyring_link {
	__u32 ifindex; /* 0: none, and none after it */
	__u8 address[BUDDYRING_LINK_ADDRESS_BYTES];
	__u8 padding[2];
};

/* Map `agent`, one entry, mapped: written by the agent, read by the programs. */
struct buddyring_agent {
	__u64 identity;
	__u64 incarnation;
	__u64 epoch;
	__u64 lease_expires_ns;
	/*
	 * A lease is of a term, and none whose term is below the floor is fresh, however often it
	 * is renewed. The agent names the next term, makes sure of the processes that it is to rest
	 * on, and only then takes it; the exit notice raises the floor above whatever was named by
	 * then.
	 */
	__u64 term;
	__u64 term_next;
	__u64 term_floor;
	__u64 word_expires_ns;		  /* until when `word` counts */
	__u64 word;			  /* BUDDYRING_ANSWER_DOUBTS_A, _B, and the epoch */
	struct buddyring_address address; /* the address we answer at */
	__u32 member;			  /* 1 once announced, 0 before and after */
	__u16 probe_port; /* UDP, of the whole pool: probes over it go from here to here */
	__u8 keep_stale;  /* 1: BUDDYRING_ANSWER_KEEP_STALE */
	__u8 padding[1];
	struct buddyring_link link[BUDDYRING_MAX_LINKS];
};

/* Map `process`, by process id in the agent's PID namespace: whose exit revokes the lease. Written
 * by the agent; the exit notice deletes the entry of a process that exited. */
struct buddyring_process {
	__u64 watched_since_ns;
};

enum buddyring_peer_role {
	BUDDYRING_PEER_FREE = 0,
	BUDDYRING_PEER_BUDDY = 1,  /* in our buddy list: it may count us, too */
	BUDDYRING_PEER_BEYOND = 2, /* watched for a while, because it is beyond a suspect */
	BUDDYRING_PEER_NEWCOMER =
	    3, /* probed before it may announce itself: are its answers heard? */
};

/* Map `peer`, BUDDYRING_MAX_PEERS entries, mapped: whom a slot watches. */
struct buddyring_peer {
	__u64 identity;
	__u64 incarnation; /* the one that counts as live */
	struct buddyring_address address;
	__u32 role; /* enum buddyring_peer_role */
	char server[BUDDYRING_NAME_BYTES];
	__u8 padding[4];
};

/*
 * Map `probe_keys`, by key id: the keys under which the pool's probes are sealed. It is not
 * pinned, because of its secrets; who loads the programs fills it before they are attached.
 */
struct buddyring_probe_key {
	__u64 secret[2]; /* SipHash's key as two numbers; of id 0, which is no seal, nothing */
	__u32 accepted;	 /* 1: what is sealed under it, or for id 0 not at all, is taken */
	__u8 padding[4];
};

/* A departure that waits for its answer. Number is cleared first and set last, so a half-written
 * one fits nothing. */
struct buddyring_flight {
	__u64 number; /* 0: none */
	__u64 nonce;
	__u64 departed_ns;
	__u64 arrived_ns; /* 0 until answered */
	__u64 key;	  /* id of the key that the probe is sealed under */
};

/* What an arrival's stamp was taken from. */
enum buddyring_stamp_source {
	BUDDYRING_STAMP_KERNEL = 1,   /* the clock, as the program saw the frame */
	BUDDYRING_STAMP_HARDWARE = 2, /* the card, as the frame came off the wire */
};

/* The last answer of one class. Fields are written apart: only arrived_ns is exact under a race,
 * and what `said` holds is of one answer. */
struct buddyring_sighting {
	__u64 count;
	__u64 arrived_ns;
	__u64 departed_ns;
	__u64 number;
	__u64 incarnation;
	__u64 said;	  /* enum buddyring_answer_flags, and the epoch */
	__u64 stamped_by; /* enum buddyring_stamp_source: what arrived_ns was taken from */
};

/* Of a peer's sealed probes, those that were answered: number % BUDDYRING_WINDOW has the latest
 * of its remainder. */
struct buddyring_window {
	__u64 highest;
	__u64 number[BUDDYRING_WINDOW];
};

/* Map `peer_state`, one entry a slot, mapped: written by the programs, zeroed by the agent. */
struct buddyring_peer_state {
	__u64 departed_number; /* the latest departure */
	__u64 departed_ns;
	__u64 departures;
	__u64 unstamped_ns; /* an answer came to a probe that was not seen leaving: egress is
			       bypassed */
	__u64 rtt_last_ns;
	__u64 rtt_min_ns; /* 0 before the first answer */
	__u64 rtt_max_ns;
	__u64 rtt_sum_ns;
	__u64 rtt_count;
	__u64 hardware_stamps; /* of rtt_count, those whose arrival the card stamped */
	struct buddyring_sighting sighting[BUDDYRING_ANSWER_CLASSES];
	struct buddyring_flight flight[BUDDYRING_FLIGHTS];
	struct buddyring_window window;
};

/* Map `rtt_histogram`, one entry a slot, mapped. */
struct buddyring_rtt_histogram {
	__u64 bucket[BUDDYRING_RTT_BUCKETS];
};

/* A card stamps with a clock of its own. A frame cannot have waited for longer in card, driver and
 * queue: one that seems to have means that a clock was set. */
#define BUDDYRING_CARD_WAIT_MAX_NS 10000000

/* Map `card_clock`, one entry, mapped: what the program with hardware stamps knows of the card's
 * clock. Counts are of echo replies to our address. */
struct buddyring_card_clock {
	__u64 learnt_ns; /* when the next was; 0: nothing is known yet */
	__s64
	    difference_ns; /* CLOCK_MONOTONIC less the card's clock, of a frame that did not wait */
	__u64 translated;  /* frames whose stamp could be used */
	__u64 missing;	   /* frames that the card did not stamp */
	__u64 steps;	   /* frames of which a clock had been set; their stamp was not used */
};

/* By what frames come to our program. */
enum buddyring_attachment {
	BUDDYRING_ATTACHED_NATIVE = 1,	/* XDP in the driver */
	BUDDYRING_ATTACHED_GENERIC = 2, /* XDP behind the driver */
	BUDDYRING_ATTACHED_TC = 3,	/* tc ingress, behind whoever has the XDP slot */
};

/* How an agent asks; its kernel answers both. */
enum buddyring_probe_way {
	BUDDYRING_PROBE_ICMP = 1,
	BUDDYRING_PROBE_UDP = 2,
};

enum buddyring_buddy_state {
	BUDDYRING_BUDDY_ALIVE = 1,
	BUDDYRING_BUDDY_SUSPECT = 2,
	BUDDYRING_BUDDY_CONDEMNED = 3,
	BUDDYRING_BUDDY_CONTESTED = 4, /* condemned by us, but its other buddy hears it */
	BUDDYRING_BUDDY_PAUSED = 5,    /* found dead, but the pool's verdicts are paused */
};

enum buddyring_reload_result {
	BUDDYRING_RELOAD_NONE = 0,
	BUDDYRING_RELOAD_DONE = 1,
	BUDDYRING_RELOAD_REFUSED = 2, /* nothing was changed */
};

/* Texts about a reload, cut short if need be. */
#define BUDDYRING_RELOAD_CHANGED_BYTES 512
#define BUDDYRING_RELOAD_RESTART_BYTES 256

enum buddyring_registry_state {
	BUDDYRING_REGISTRY_UNKNOWN = 0,
	BUDDYRING_REGISTRY_REACHED = 1,
	BUDDYRING_REGISTRY_LOST = 2,
};

enum buddyring_endpoint_state {
	BUDDYRING_ENDPOINT_UNKNOWN = 0, /* not tried yet */
	BUDDYRING_ENDPOINT_REACHED = 1, /* connected to it */
	BUDDYRING_ENDPOINT_STANDBY = 2, /* answered when it was last tried */
	BUDDYRING_ENDPOINT_FAILED = 3,	/* did not */
};

enum buddyring_service_state {
	BUDDYRING_SERVICE_UNWATCHED = 0,
	BUDDYRING_SERVICE_RUNS = 1,
	BUDDYRING_SERVICE_GONE = 2, /* the agent does not vouch for the server */
};

struct buddyring_buddy_report {
	__u32 in_use;
	__u32 slot;  /* index into peer and peer_state */
	__u32 state; /* enum buddyring_buddy_state */
	__u32 misses;
};

/* An interface of ours, in the order in which they were named. */
struct buddyring_link_report {
	__u32 ifindex;	      /* 0: none */
	__u32 attachment;     /* enum buddyring_attachment */
	__u32 clsact_created; /* 1: the clsact qdisc is ours to remove */
	__u32 carrier;	      /* 1: it is up */
	char interface[BUDDYRING_INTERFACE_BYTES];
};

/* An endpoint of the registry, in the order of preference. */
struct buddyring_endpoint_report {
	__u32 state; /* enum buddyring_endpoint_state */
	__u32 failures;
	char where[56]; /* HOST:PORT, cut short if need be */
};

/* How late something ran, or how long it took. */
struct buddyring_delay_histogram {
	__u64 bucket[BUDDYRING_DELAY_BUCKETS];
	__u64 sum_ns;
};

/* Map `report`, one entry, mapped: written by the agent for whoever looks. */
struct buddyring_report {
	__u64 started_ns;
	__u64 tick_ns; /* when the agent last ran its tick */
	__u64 ticks;
	__u64 stalls; /* ticks that ran more than one interval late */
	__u64 stall_max_ns;
	__u64 interval_ns;
	__u64 lease_ns;
	__u64 verdicts; /* deaths this agent has pronounced */
	__u64 replaces_applied;
	__u64
	    replaces_refused; /* all that changed nothing: stale, mismatching, and the following */
	__u64 replaces_malformed;
	__u64 replaces_oversize;
	__u64 replaces_other_version;
	__u64 replaces_timed_out; /* half a message and silence */
	__u64 replaces_too_many;  /* connections beyond the limit */
	__u64 replaces_broken;	  /* closed half way, or never accepted */
	__u64 replaces_unsigned;  /* without a signature, where one is asked for */
	__u64 replaces_unknown_key;
	__u64 replaces_bad_mac;	 /* the signature is not that of its key */
	__u64 replaces_stale;	 /* of an older epoch, as a replay is */
	__u64 replaces_mismatch; /* not the next change of our list */
	__u64 replaces_wrong_pool;
	__u64 replaces_wrong_receiver;
	__u64 replaces_not_member; /* while we were none */
	__u64 replaces_repeated;   /* heard before and still true: not among the refused */
	__u64 expects;		   /* newcomers that announced themselves by ServerExpect */
	__u64 removals;		   /* times this server was deleted while it lived */
	__u64 beyond;		   /* inquiries begun: who is beyond a suspect */
	__u64 contested;	   /* inquiries that ended because the witness heard the suspect */
	__u64 ring_servers;	   /* servers of the ring, as the table last said; 0: it has not */
	__u64 ring_servers_ns;	   /* when it did */
	__u64 escalations; /* times that late ticks made the agent take real-time priority */
	__u32 misses;
	__u32 pid;
	__u32 carrier;	      /* 1: a link of ours is up and our address is there */
	__u32 registry_state; /* enum buddyring_registry_state */
	__u32 replace_port;
	__u32 exit_notice;   /* 1: the kernel revokes the lease when a process exits */
	__u32 service_state; /* enum buddyring_service_state */
	__u32 probe_way;     /* enum buddyring_probe_way */
	__u32 probe_port;
	__u32 stamps_requested;	 /* enum buddyring_stamp_source: --stamps */
	__u32 stamps_active;	 /* the same: what the attached program tries first */
	__u32 endpoints;	 /* how many of them there are */
	__u32 realtime_priority; /* SCHED_FIFO's, of the thread of the ring; 0: it has none */
	__u32 memory_locked;	 /* 1: no page of the agent is ever swapped out */
	__u32 pinned_cpu;	 /* the CPU that the thread of the ring is kept on, and 1; 0: any */
	__u32 deadline_us;	 /* SCHED_DEADLINE's period, of the same thread; 0: it has none */
	struct buddyring_buddy_report buddy[2]; /* A, B */
	char pool[BUDDYRING_NAME_BYTES];
	char server[BUDDYRING_NAME_BYTES];
	struct buddyring_link_report link[BUDDYRING_MAX_LINKS];
	struct buddyring_endpoint_report endpoint[BUDDYRING_MAX_ENDPOINTS];
	struct buddyring_delay_histogram tick_delay;	/* how late each tick ran */
	struct buddyring_delay_histogram registry_call; /* how long each request to it took */
	/*
	 * Zero. Room for what an agent is told while it runs, which would else need another
	 * layout.
	 */
	__u64 reserved[6];
	__u64 reloads;	     /* times that the settings were read anew, refused ones too */
	__u32 reload_result; /* enum buddyring_reload_result, of the last of them */
	__u32 reload_padding;
	char reload_changed[BUDDYRING_RELOAD_CHANGED_BYTES]; /* what, or why refused */
	char reload_restart[BUDDYRING_RELOAD_RESTART_BYTES]; /* what needs a restart */
};

#ifdef __cplusplus
#define BUDDYRING_ASSERT_LAYOUT static_assert
#else
#define BUDDYRING_ASSERT_LAYOUT _Static_assert
#endif

BUDDYRING_ASSERT_LAYOUT(sizeof(struct buddyring_probe) == 80, "probe on the wire");
BUDDYRING_ASSERT_LAYOUT(sizeof(struct buddyring_address) == 16, "key of map peer_slots");
BUDDYRING_ASSERT_LAYOUT(sizeof(struct buddyring_agent) == 144, "map agent");
BUDDYRING_ASSERT_LAYOUT(sizeof(struct buddyring_peer) == 104, "map peer");
BUDDYRING_ASSERT_LAYOUT(sizeof(struct buddyring_flight) == 40, "flight");
BUDDYRING_ASSERT_LAYOUT(sizeof(struct buddyring_window) == 520, "window");
BUDDYRING_ASSERT_LAYOUT(sizeof(struct buddyring_probe_key) == 24, "map probe_keys");
BUDDYRING_ASSERT_LAYOUT(sizeof(struct buddyring_sighting) == 56, "sighting");
BUDDYRING_ASSERT_LAYOUT(sizeof(struct buddyring_peer_state) == 80 + 7 * 56 + 64 * 40 + 520,
			"map peer_state");
BUDDYRING_ASSERT_LAYOUT(sizeof(struct buddyring_card_clock) == 40, "map card_clock");
BUDDYRING_ASSERT_LAYOUT(sizeof(struct buddyring_rtt_histogram) == 256, "map rtt_histogram");
BUDDYRING_ASSERT_LAYOUT(sizeof(struct buddyring_delay_histogram) == 168, "delay histogram");
BUDDYRING_ASSERT_LAYOUT(sizeof(struct buddyring_report) ==
			    256 + 64 + 32 + 128 + 128 + 512 + 2 * 168 + 64 + 512 + 256,
			"map report");

#undef BUDDYRING_ASSERT_LAYOUT

#endif
