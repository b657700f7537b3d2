// SPDX-License-Identifier: Apache-2.0
#include "tests/galera/cluster.h"

#include <cstdlib>
#include <filesystem>
#include <stdexcept>

namespace buddyring {
namespace {

namespace fs = std::filesystem;

std::string address_of(size_t node) { return "10.77.254." + std::to_string(node + 1); }

}  // namespace

Cluster::Cluster(const std::string& build)
    : switch_(build + "/bpf/lossy.bpf.o"), clients_(switch_, "clients", {"10.77.254.100"}) {
  const std::string folder = build + "/lab/galera";
  fs::remove_all(folder);
  const char* const path = std::getenv("PATH");
  const std::string paths = "PATH=" + fs::absolute(build + "/galera/transfer").string() + ":" +
                            (path == nullptr ? "/usr/bin:/usr/sbin" : path);
  const std::string everybody = "gcomm://" + address_of(0) + "," + address_of(1) + "," + address_of(2);
  for (size_t i = 0; i < nodes; ++i) {
    const std::string name = "n" + std::to_string(i);
    hosts_.at(i) = std::make_unique<lab::Host>(switch_, name, std::vector<std::string>{address_of(i)});
    lab::MariaDbSettings settings{.folder = folder + "/" + name, .bind_address = address_of(i), .port = 3306};
    settings.environment = {paths};
    settings.arguments = {"--binlog-format=ROW",
                          "--innodb-autoinc-lock-mode=2",
                          "--wsrep-on=ON",
                          "--wsrep-provider=/usr/lib/galera/libgalera_smm.so",
                          "--wsrep-node-name=" + name,
                          "--wsrep-node-address=" + address_of(i),
                          "--wsrep-sst-method=rsync",
                          "--wsrep-cluster-address=" + (i == 0 ? "gcomm://" : everybody),
                          "--wsrep-provider-options=gcache.size=32M"};
    nodes_.at(i) = hosts_.at(i)->run([&] { return std::make_unique<lab::MariaDb>(std::move(settings)); });
  }
}

std::vector<RegistryUrl> Cluster::urls_from(size_t first, const std::string& user, const std::string& database) const {
  std::vector<RegistryUrl> urls;
  for (size_t i = 0; i < nodes; ++i) {
    urls.push_back(nodes_.at((first + i) % nodes)->url(user, database));
  }
  return urls;
}

void Cluster::start(size_t index) {
  hosts_.at(index)->run([&] { node(index).start(); });
}

std::string Cluster::status(size_t index, const std::string& name) {
  try {
    const auto rows = node(index).execute("SHOW STATUS LIKE '" + name + "'");
    return rows.empty() ? "" : rows[0].at(1);
  } catch (const std::runtime_error&) {
    return "";  // it does not run, or not yet
  }
}

bool Cluster::is_whole() {
  for (size_t i = 0; i < nodes; ++i) {
    if (status(i, "wsrep_local_state_comment") != "Synced" || status(i, "wsrep_cluster_size") != "3" ||
        status(i, "wsrep_cluster_status") != "Primary") {
      return false;
    }
  }
  return true;
}

}  // namespace buddyring
