// SPDX-License-Identifier: Apache-2.0
#include "posix/probe_keys.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "core/result.h"

namespace buddyring {
namespace {

// No frame begins so: a key that seals messages seals nothing else by this.
constexpr std::string_view label = "Buddyring: seals of probes, SipHash-2-4";
constexpr size_t sha256_bytes = 32;

SipKey derived(std::span<const uint8_t> pool_key) {
  std::array<uint8_t, sha256_bytes> mac{};
  unsigned length = 0;
  const uint8_t* made = HMAC(EVP_sha256(), pool_key.data(), static_cast<int>(pool_key.size()),
                             reinterpret_cast<const uint8_t*>(label.data()), label.size(), mac.data(), &length);
  BUDDYRING_ASSERT(made != nullptr && length == mac.size());
  SipKey key{};
  std::copy_n(mac.begin(), key.size(), key.begin());
  OPENSSL_cleanse(mac.data(), mac.size());
  return key;
}

}  // namespace

ProbeKeys ProbeKeys::unsealed_only() {
  ProbeKeys keys;
  keys.add(unsigned_key_id, {}, true);
  return keys;
}

ProbeKeys::~ProbeKeys() { OPENSSL_cleanse(keys_.data(), sizeof keys_); }

void ProbeKeys::add(uint8_t id, std::span<const uint8_t> pool_key, bool to_sign_with) {
  BUDDYRING_ASSERT(count_ < keys_.size() && std::ranges::find(all(), id, &ProbeKey::id) == all().end());
  ProbeKey& key = keys_[count_];
  key.id = id;
  if (id != unsigned_key_id) {
    key.secret = derived(pool_key);
  }
  if (to_sign_with) {
    sign_ = count_;
  }
  ++count_;
}

void ProbeKeys::seal(std::span<uint8_t, sizeof(buddyring_probe)> probe) const {
  BUDDYRING_ASSERT(sign_ < count_);
  const ProbeKey& key = keys_[sign_];
  probe[offsetof(buddyring_probe, key)] = key.id;
  SipHash seal{};
  if (key.id != unsigned_key_id) {
    seal = sip_hash(key.secret, probe.first<offsetof(buddyring_probe, seal)>());
  }
  std::ranges::copy(seal, probe.begin() + offsetof(buddyring_probe, seal));
}

}  // namespace buddyring
