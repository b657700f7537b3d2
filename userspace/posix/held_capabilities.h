// SPDX-License-Identifier: Apache-2.0
// The capabilities that this process has in effect.
#pragma once

#include <cstdint>

namespace buddyring {

class HeldCapabilities {
 public:
  // A bit each, as linux/capability.h numbers them.
  explicit HeldCapabilities(uint64_t mask) : mask_(mask) {}
  // Of the calling thread.
  [[nodiscard]] static HeldCapabilities now();

  [[nodiscard]] bool has(unsigned capability) const { return (mask_ >> capability & 1) != 0; }

 private:
  uint64_t mask_;
};

}  // namespace buddyring
