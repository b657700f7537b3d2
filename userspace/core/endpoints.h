// SPDX-License-Identifier: Apache-2.0
// Endpoints: which of the registry's endpoints to try now.
//
// Theory of operation. They are numbered in the order of preference. One that failed is
// passed over for a pause that doubles with each failure in a row; half of the pause is
// drawn by the caller, so that clients which lost an endpoint together do not come back
// together. When all are passed over, the one whose pause ends first is tried
// nevertheless: a client that asks is never told "not now", and how often it asks is its
// own to space. Whoever is connected to a later endpoint looks at due_return().
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/time.h"

namespace buddyring {

enum class EndpointState : uint8_t {
  unknown,  // not tried yet
  reached,  // connected to it
  standby,  // answered when it was last tried
  failed,   // did not
};

class Endpoints {
 public:
  struct Entry {
    EndpointState state = EndpointState::unknown;
    uint32_t failures = 0;  // since the start
    uint32_t in_a_row = 0;
    Instant passed_over_until{};
  };

  // REQUIRES 1 to limits::registry_endpoints_max.
  explicit Endpoints(size_t count) : entries_(count) {}

  [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }
  // In the order in which to try them. Never empty.
  [[nodiscard]] std::vector<size_t> to_try(Instant now) const;
  // Connected, to this one alone.
  void on_reached(size_t index);
  // `draw` is any number, each as likely as any other.
  void on_failed(Instant now, size_t index, uint16_t draw);
  // The one before the one that is reached that may be tried first, and when;
  // nothing when the first is reached, or none.
  struct Return {
    size_t index = 0;
    Instant due{};
  };
  [[nodiscard]] std::optional<Return> due_return() const;

 private:
  std::vector<Entry> entries_;
};

}  // namespace buddyring
