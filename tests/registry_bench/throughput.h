// SPDX-License-Identifier: Apache-2.0
// How many changes of the ring a second one database takes from clients that do nothing
// else: by the procedures, and by a transaction written by hand.
//
// Theory of operation. Each client has a connection and a pool of its own, and makes its
// next change when the one before is on disk. Both ways take turns of two seconds, so
// that whatever else the machine does befalls both; the median of the turns counts. The
// clients run on the database's own host, over loopback: with as many as there are cores
// and more they and the database share these, and what a change costs in processor time
// decides.
#pragma once

#include <string>
#include <vector>

#include "tests/lab/mariadb.h"

namespace buddyring {

struct Throughput {
  unsigned clients = 0;
  double called = 0;   // changes a second
  double by_hand = 0;  // changes a second
  [[nodiscard]] double ratio() const { return called / by_hand; }
};

// In a database of its own, of `owner`, which is gone afterwards: for 1, 2, 4 and 8 clients.
// Throws std::runtime_error.
[[nodiscard]] std::vector<Throughput> measure_throughput(lab::MariaDb& mariadb, const std::string& owner,
                                                         const std::string& password);

}  // namespace buddyring
