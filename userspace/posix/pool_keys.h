// SPDX-License-Identifier: Apache-2.0
// PoolKeys: the secrets that the servers of a pool share, and the seals that
// they make of them (docs/keys.md).
//
// Theory of operation. A seal is the HMAC-SHA256 of a frame's header and body
// under the key that the header names; the seal of an answer is over the seal of
// the message answered as well, so that it fits no other message. A host has one
// key to sign with and accepts what any of its keys made: so a key is exchanged
// by making it known to all, then signing with it, then forgetting the old one.
// Key id 0 stands for no seal at all, and goes through the same steps, which is
// how a pool without keys gets its first.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>

#include "core/frame.h"
#include "core/limits.h"
#include "posix/probe_keys.h"

namespace buddyring {

// What became of a frame's seal; only `good` may be believed.
enum class Seal : uint8_t {
  good,
  unsigned_refused,  // it has none, and the keys ask for one
  unknown_key,
  bad_mac,
};

class PoolKeys {
 public:
  // Throws StartupError that names the file, the line and the cure.
  [[nodiscard]] static PoolKeys read(const std::string& path);
  // Of a pool without keys: seals nothing and takes nothing that is sealed.
  [[nodiscard]] static PoolKeys unsigned_only();

  PoolKeys(const PoolKeys&) = default;
  PoolKeys& operator=(const PoolKeys&) = default;
  ~PoolKeys();  // wipes the secrets
  friend bool operator==(const PoolKeys&, const PoolKeys&) = default;

  // A message goes out under the key to sign with. REQUIRES a frame without a seal.
  void seal(Frame& message) const;
  [[nodiscard]] Seal open(std::span<const uint8_t> message) const;

  // The same keys as probes are sealed with them.
  [[nodiscard]] ProbeKeys for_probes() const;

  // An answer goes out under the key of the message that it answers: its sender
  // may know no other. REQUIRES a message whose seal is good, and an answer without a seal.
  void seal_answer(Frame& answer, std::span<const uint8_t> message) const;
  // REQUIRES the message that was sent.
  [[nodiscard]] Seal open_answer(std::span<const uint8_t> answer, std::span<const uint8_t> message) const;

 private:
  friend class KeyFile;
  struct Key {
    uint8_t id = unsigned_key_id;
    std::array<uint8_t, limits::pool_key_bytes> secret{};
    friend bool operator==(const Key&, const Key&) = default;
  };

  PoolKeys() = default;
  [[nodiscard]] const Key* find(uint8_t id) const;
  void seal(Frame& frame, uint8_t key_id, std::span<const uint8_t> answered_seal) const;
  [[nodiscard]] Seal open(std::span<const uint8_t> frame, std::span<const uint8_t> answered_seal) const;

  std::array<Key, limits::pool_keys_max> keys_{};
  size_t count_ = 0;
  uint8_t sign_id_ = unsigned_key_id;
};

}  // namespace buddyring
