// SPDX-License-Identifier: Apache-2.0
#include "core/sip_hash.h"

#include <bit>

namespace buddyring {
namespace {

constexpr size_t word_bytes = 8;
constexpr int rounds_per_word = 2;
constexpr int rounds_at_the_end = 4;

// Up to eight bytes, the lowest first.
uint64_t number_of(std::span<const uint8_t> bytes) {
  uint64_t number = 0;
  for (size_t i = 0; i < bytes.size(); ++i) {
    number |= uint64_t{bytes[i]} << (8 * i);
  }
  return number;
}

class State {
 public:
  explicit State(const SipKey& key)
      : v0_(sip_key_word(key, 0) ^ 0x736f'6d65'7073'6575),
        v1_(sip_key_word(key, 1) ^ 0x646f'7261'6e64'6f6d),
        v2_(sip_key_word(key, 0) ^ 0x6c79'6765'6e65'7261),
        v3_(sip_key_word(key, 1) ^ 0x7465'6462'7974'6573) {}

  void take(uint64_t word) {
    v3_ ^= word;
    run(rounds_per_word);
    v0_ ^= word;
  }

  [[nodiscard]] uint64_t finish() {
    v2_ ^= 0xff;
    run(rounds_at_the_end);
    return v0_ ^ v1_ ^ v2_ ^ v3_;
  }

 private:
  void run(int rounds) {
    for (int i = 0; i < rounds; ++i) {
      v0_ += v1_;
      v1_ = std::rotl(v1_, 13) ^ v0_;
      v0_ = std::rotl(v0_, 32);
      v2_ += v3_;
      v3_ = std::rotl(v3_, 16) ^ v2_;
      v0_ += v3_;
      v3_ = std::rotl(v3_, 21) ^ v0_;
      v2_ += v1_;
      v1_ = std::rotl(v1_, 17) ^ v2_;
      v2_ = std::rotl(v2_, 32);
    }
  }

  uint64_t v0_;
  uint64_t v1_;
  uint64_t v2_;
  uint64_t v3_;
};

}  // namespace

uint64_t sip_key_word(const SipKey& key, size_t half) {
  return number_of(std::span{key}.subspan(half * word_bytes, word_bytes));
}

SipHash sip_hash(const SipKey& key, std::span<const uint8_t> message) {
  State state{key};
  std::span<const uint8_t> rest = message;
  for (; rest.size() >= word_bytes; rest = rest.subspan(word_bytes)) {
    state.take(number_of(rest.first(word_bytes)));
  }
  // The last word has what is left, and above it the length.
  state.take(number_of(rest) | uint64_t{message.size() % 256} << 56);
  const uint64_t hash = state.finish();
  SipHash bytes{};
  for (size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<uint8_t>(hash >> (8 * i));
  }
  return bytes;
}

}  // namespace buddyring
