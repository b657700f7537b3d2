// SPDX-License-Identifier: Apache-2.0
// The hot path of the core, for callgrind to count: members of a whole ring that tick and are
// heard, and seals. It does the same each time, and tells how often.
#include <array>
#include <cstdio>
#include <vector>

#include "core/sip_hash.h"
#include "tests/unit/model_pool.h"

namespace {

constexpr int members = 3;
constexpr int ticks = 2'000;
constexpr size_t sealed_bytes = 72;  // of a probe

}  // namespace

int main() {
  using namespace buddyring;
  ModelPool pool;
  for (int number = 1; number <= members; ++number) {
    pool.start("s" + std::to_string(number));
  }
  pool.step(ticks);
  const SipKey key{1};
  std::vector<uint8_t> probe(sealed_bytes);
  for (int number = 0; number < ticks; ++number) {
    probe[0] = static_cast<uint8_t>(number);
    probe[1] = sip_hash(key, probe)[0];
  }
  std::printf("%d members, %d ticks, %d seals; the last begins with %u\n", members, ticks, ticks, probe[1]);
  return pool.disagreement().empty() ? 0 : 1;
}
