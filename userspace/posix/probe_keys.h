// SPDX-License-Identifier: Apache-2.0
// ProbeKeys: the pool's keys as probes are sealed with them (docs/keys.md).
//
// Theory of operation. A seal that a kernel program can make is a short one, of
// SipHash. So that no key serves two algorithms, each key of the pool has another
// one made of it for probes: the start of the HMAC-SHA256, under the pool's key, of
// a text that nothing else is sealed over. Ids are those of the key file, and so is
// what they are for: one to sign with, all to accept, and 0 for no seal.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "bpf/contract.h"
#include "core/frame.h"
#include "core/limits.h"
#include "core/sip_hash.h"

namespace buddyring {

struct ProbeKey {
  uint8_t id = unsigned_key_id;
  SipKey secret{};  // of id 0: none
};

class ProbeKeys {
 public:
  // Of a pool without keys: seals nothing and takes nothing that is sealed.
  [[nodiscard]] static ProbeKeys unsealed_only();

  ProbeKeys() = default;  // without any, to be added
  ProbeKeys(const ProbeKeys&) = default;
  ProbeKeys& operator=(const ProbeKeys&) = default;
  ~ProbeKeys();  // wipes the secrets

  // Made of the pool's key of that id and of these bytes; of id 0, which has none,
  // nothing. REQUIRES room, and an id that is not there.
  void add(uint8_t id, std::span<const uint8_t> pool_key, bool to_sign_with);

  // All that are accepted.
  [[nodiscard]] std::span<const ProbeKey> all() const { return std::span{keys_}.first(count_); }
  // Writes key id and seal of a probe, as it stands on the wire, under the key to
  // sign with. REQUIRES one.
  void seal(std::span<uint8_t, sizeof(buddyring_probe)> probe) const;

 private:
  std::array<ProbeKey, limits::pool_keys_max> keys_{};
  size_t count_ = 0;
  size_t sign_ = 0;  // which of them is to sign with
};

}  // namespace buddyring
