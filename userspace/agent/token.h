// SPDX-License-Identifier: Apache-2.0
// What a completion of the agent's loop belongs to, packed into its token. The
// generation tells an operation of a slot's earlier life from one of today.
#pragma once

#include <cstdint>

#include "loop/loop.h"

namespace buddyring {

enum class Work : uint8_t {
  none,
  signal,
  link,
  registry,
  accept,
  inbound,
  outbound,
  probe,
  service,
  unit,
  check,
  notify
};

struct TokenParts {
  Work work = Work::none;
  uint32_t index = 0;  // below 2^24
  uint32_t generation = 0;
};

[[nodiscard]] constexpr Loop::Token pack(TokenParts parts) {
  return (static_cast<uint64_t>(parts.work) << 56) | (static_cast<uint64_t>(parts.index) << 32) | parts.generation;
}

[[nodiscard]] constexpr TokenParts unpack(Loop::Token token) {
  return {.work = static_cast<Work>(token >> 56),
          .index = static_cast<uint32_t>((token >> 32) & 0xffffff),
          .generation = static_cast<uint32_t>(token)};
}

}  // namespace buddyring
