// SPDX-License-Identifier: Apache-2.0
// Cluster: three MariaDBs that are one Galera cluster, on loopback.
//
// Theory of operation. The first node begins the cluster, the others join it and get its
// data by rsync. A node that is cut off is told so by Galera's own switch for tests: it
// runs and takes connections, but hears no other node and no other hears it.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "tests/lab/mariadb.h"

namespace buddyring {

class Cluster {
 public:
  static constexpr size_t nodes = 3;

  // `folder` is emptied; `transfer` is what fetch-transfer unpacked. Throws std::runtime_error.
  Cluster(const std::string& folder, const std::string& transfer);

  [[nodiscard]] lab::MariaDb& node(size_t index) { return *nodes_.at(index); }
  // All nodes, this one first.
  [[nodiscard]] std::vector<RegistryUrl> urls_from(size_t first, const std::string& user,
                                                   const std::string& database) const;
  void cut_off(size_t index, bool cut);
  // Of a node that runs; "" while it does not say.
  [[nodiscard]] std::string status(size_t index, const std::string& name);
  [[nodiscard]] bool is_whole();

 private:
  std::array<std::unique_ptr<lab::MariaDb>, nodes> nodes_;
};

}  // namespace buddyring
