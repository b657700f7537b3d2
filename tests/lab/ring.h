// SPDX-License-Identifier: Apache-2.0
// Ring: who is whose buddy, and what a deletion must make of it.
//
// The lab's own, independent statement of the rule: a server that goes leaves
// its two buddies to each other, each in the place where the goner was. A join
// is the same read backwards: without the newcomer, the ring is as before.
#pragma once

#include <map>
#include <ostream>
#include <string>
#include <vector>

#include "registry/client.h"

namespace buddyring::lab {

struct Buddies {
  std::string a;  // names; both empty when alone
  std::string b;
  friend bool operator==(const Buddies&, const Buddies&) = default;
};

struct Ring {
  std::map<std::string, Buddies> servers;

  // REQUIRES that `server` is in it and that the ring is whole.
  [[nodiscard]] Ring without(const std::string& server) const;
  // Once around, beginning with the first by name; shorter than the ring when it is broken.
  [[nodiscard]] std::vector<std::string> around() const;
  // "s1 - s4 - s2 -" : the last is the first's neighbour again.
  [[nodiscard]] std::string text() const;

  friend bool operator==(const Ring&, const Ring&) = default;
};

// For messages of failed tests.
void PrintTo(const Ring& ring, std::ostream* out);

[[nodiscard]] Ring ring_of(const PoolSnapshot& snapshot);

}  // namespace buddyring::lab
