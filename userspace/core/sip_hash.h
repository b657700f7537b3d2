// SPDX-License-Identifier: Apache-2.0
// SipHash-2-4, after Aumasson and Bernstein: a short seal that only who has the
// key can make, and that a kernel program can make, too.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace buddyring {

inline constexpr size_t sip_key_bytes = 16;
using SipKey = std::array<uint8_t, sip_key_bytes>;

inline constexpr size_t sip_hash_bytes = 8;
using SipHash = std::array<uint8_t, sip_hash_bytes>;

// The hash as its authors write it down: the lowest byte first.
[[nodiscard]] SipHash sip_hash(const SipKey& key, std::span<const uint8_t> message);

// The first or second half of a key as the number that the algorithm takes it for.
// REQUIRES half < 2.
[[nodiscard]] uint64_t sip_key_word(const SipKey& key, size_t half);

}  // namespace buddyring
