// SPDX-License-Identifier: Apache-2.0
// How many changes of the ring a second one database takes from clients that do nothing
// else: by the procedures, and by a transaction written by hand.
//
// Theory of operation. Each client has a connection and a pool of its own, and makes its
// next change when the one before is on disk. Both ways take turns of half a second, and
// each two that follow each other are a pair: whatever else the machine does befalls both,
// and the median of the pairs' ratios counts. The clients run on the database's own host,
// over loopback: with as many as there are cores and more they and the database share
// these, and what a change costs in processor time decides.
#pragma once

#include <string>
#include <vector>

#include "tests/lab/mariadb.h"

namespace buddyring {

struct Throughput {
  unsigned clients = 0;
  double called = 0;   // changes a second, the median of the turns
  double by_hand = 0;  // the same
  double ratio = 0;    // called / by_hand, the median of the pairs
};

// In a database of its own, of `owner`, which is gone afterwards: for 1, 2, 4 and 8 clients.
// Throws std::runtime_error.
[[nodiscard]] std::vector<Throughput> measure_throughput(lab::MariaDb& mariadb, const std::string& owner,
                                                         const std::string& password);

}  // namespace buddyring
