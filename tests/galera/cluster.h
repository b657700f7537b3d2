// SPDX-License-Identifier: Apache-2.0
// Cluster: three MariaDBs that are one Galera cluster, each on a host of its own.
//
// Theory of operation. The hosts are network namespaces, plugged into one switch with that
// of the clients. The first node begins the cluster, the others join it and get its data by
// rsync. A node is cut off by setting its port of the switch down: it runs, and hears nobody.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "tests/lab/host.h"
#include "tests/lab/mariadb.h"
#include "tests/lab/switch.h"

namespace buddyring {

class Cluster {
 public:
  static constexpr size_t nodes = 3;

  // In `build`, where fetch-transfer has unpacked galera/transfer. Throws std::runtime_error.
  // REQUIRES a Sandbox.
  explicit Cluster(const std::string& build);

  // The host of the clients, from which all nodes are reached.
  [[nodiscard]] lab::Host& clients() { return clients_; }
  [[nodiscard]] lab::MariaDb& node(size_t index) { return *nodes_.at(index); }
  // All nodes, this one first.
  [[nodiscard]] std::vector<RegistryUrl> urls_from(size_t first, const std::string& user,
                                                   const std::string& database) const;
  void cut_off(size_t index) { hosts_.at(index)->cut(); }
  void mend(size_t index) { hosts_.at(index)->mend(); }
  // After kill(), on the same data.
  void start(size_t index);
  // Of a node that runs; "" while it does not say.
  [[nodiscard]] std::string status(size_t index, const std::string& name);
  [[nodiscard]] bool is_whole();

 private:
  lab::Switch switch_;
  lab::Host clients_;
  std::array<std::unique_ptr<lab::Host>, nodes> hosts_;
  std::array<std::unique_ptr<lab::MariaDb>, nodes> nodes_;
};

}  // namespace buddyring
