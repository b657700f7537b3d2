/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Seals of probes and answers: SipHash-2-4 over all that precedes the seal, under
 * a key of the pool that the probe names.
 *
 * Theory of operation. What is sealed is a whole number of words, which SipHash
 * takes with the lowest byte first, as a processor of that order has them in
 * memory: so a word is one load, and its rounds are additions, shifts and
 * exclusive ors of four registers. The function is the verifier's to look at once,
 * whoever calls it. Without a key nothing is computed.
 */
#ifndef BUDDYRING_SEAL_H
#define BUDDYRING_SEAL_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <bpf/bpf_helpers.h>

#include "contract.h"
#include "maps.h"

#define SEALED_WORDS (offsetof(struct buddyring_probe, seal) / sizeof(__u64))
/* The last word that SipHash takes: nothing is left over, and the length on top. */
#define SEALED_LENGTH_WORD ((__u64)offsetof(struct buddyring_probe, seal) << 56)

_Static_assert(offsetof(struct buddyring_probe, seal) % sizeof(__u64) == 0, "whole words");

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define lowest_byte_first(word) (word)
#else
#define lowest_byte_first(word) __builtin_bswap64(word)
#endif

struct sip_state {
	__u64 v0;
	__u64 v1;
	__u64 v2;
	__u64 v3;
};

static __always_inline __u64 rotate_left(__u64 word, __u32 bits)
{
	return word << bits | word >> (64 - bits);
}

static __always_inline void sip_round(struct sip_state *state)
{
	state->v0 += state->v1;
	state->v1 = rotate_left(state->v1, 13) ^ state->v0;
	state->v0 = rotate_left(state->v0, 32);
	state->v2 += state->v3;
	state->v3 = rotate_left(state->v3, 16) ^ state->v2;
	state->v0 += state->v3;
	state->v3 = rotate_left(state->v3, 21) ^ state->v0;
	state->v2 += state->v1;
	state->v1 = rotate_left(state->v1, 17) ^ state->v2;
	state->v2 = rotate_left(state->v2, 32);
}

static __always_inline void sip_take(struct sip_state *state, __u64 word)
{
	state->v3 ^= word;
	sip_round(state);
	sip_round(state);
	state->v0 ^= word;
}

/* The seal that `probe` ought to have under `key`, as it stands in memory. */
__attribute__((noinline)) __le64 seal_of(const struct buddyring_probe *probe,
					 const struct buddyring_probe_key *key)
{
	const __u64 *word = (const __u64 *)probe;
	struct sip_state state;

	if (!probe || !key)
		return 0;
	state.v0 = key->secret[0] ^ 0x736f6d6570736575;
	state.v1 = key->secret[1] ^ 0x646f72616e646f6d;
	state.v2 = key->secret[0] ^ 0x6c7967656e657261;
	state.v3 = key->secret[1] ^ 0x7465646279746573;
#pragma unroll
	for (__u32 i = 0; i < SEALED_WORDS; i++)
		sip_take(&state, lowest_byte_first(word[i]));
	sip_take(&state, SEALED_LENGTH_WORD);
	state.v2 ^= 0xff;
	sip_round(&state);
	sip_round(&state);
	sip_round(&state);
	sip_round(&state);
	return lowest_byte_first(state.v0 ^ state.v1 ^ state.v2 ^ state.v3);
}

/* NULL when the pool does not take that key. */
static __always_inline struct buddyring_probe_key *find_key(__u32 id)
{
	struct buddyring_probe_key *key = bpf_map_lookup_elem(&probe_keys, &id);

	return key && key->accepted ? key : NULL;
}

/* REQUIRES the key that the probe or answer names; key 0 asks for no seal. */
static __always_inline bool seal_fits(const struct buddyring_probe *probe,
				      const struct buddyring_probe_key *key)
{
	return !probe->key || seal_of(probe, key) == probe->seal;
}

#endif
