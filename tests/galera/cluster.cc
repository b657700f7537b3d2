// SPDX-License-Identifier: Apache-2.0
#include "tests/galera/cluster.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include "posix/fd.h"

namespace buddyring {
namespace {

namespace fs = std::filesystem;

// Ports that are free now, all different: they are held until the last is found.
std::vector<unsigned> free_ports(size_t count) {
  std::vector<Fd> held;
  std::vector<unsigned> ports;
  while (ports.size() < count) {
    const Fd& probe = held.emplace_back(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in name{};
    socklen_t size = sizeof name;
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(probe.get(), reinterpret_cast<const sockaddr*>(&name), size) != 0 ||
        getsockname(probe.get(), reinterpret_cast<sockaddr*>(&name), &size) != 0) {
      throw std::runtime_error("finding a free port of 127.0.0.1");
    }
    ports.push_back(ntohs(name.sin_port));
  }
  return ports;
}

std::string at_loopback(unsigned port) { return "127.0.0.1:" + std::to_string(port); }

}  // namespace

Cluster::Cluster(const std::string& folder, const std::string& transfer) {
  fs::remove_all(folder);
  const std::vector<unsigned> ports = free_ports(3 * nodes);
  const auto group = [&ports](size_t i) { return at_loopback(ports.at(3 * i)); };
  const std::string everybody = "gcomm://" + group(0) + "," + group(1) + "," + group(2);
  const char* const path = std::getenv("PATH");
  for (size_t i = 0; i < nodes; ++i) {
    const std::string name = "n" + std::to_string(i);
    lab::MariaDbSettings settings{.folder = folder + "/" + name};
    settings.environment = {"PATH=" + fs::absolute(transfer).string() + ":" +
                            (path == nullptr ? "/usr/bin:/usr/sbin" : path)};
    settings.arguments = {"--binlog-format=ROW",
                          "--innodb-autoinc-lock-mode=2",
                          "--wsrep-on=ON",
                          "--wsrep-provider=/usr/lib/galera/libgalera_smm.so",
                          "--wsrep-node-name=" + name,
                          "--wsrep-node-address=" + group(i),
                          "--wsrep-sst-method=rsync",
                          "--wsrep-sst-receive-address=" + at_loopback(ports.at(3 * i + 1)),
                          "--wsrep-cluster-address=" + (i == 0 ? "gcomm://" : everybody),
                          "--wsrep-provider-options=gmcast.listen_addr=tcp://" + group(i) +
                              ";ist.recv_addr=" + at_loopback(ports.at(3 * i + 2)) + ";gcache.size=32M"};
    nodes_.at(i) = std::make_unique<lab::MariaDb>(std::move(settings));
  }
}

std::vector<RegistryUrl> Cluster::urls_from(size_t first, const std::string& user, const std::string& database) const {
  std::vector<RegistryUrl> urls;
  for (size_t i = 0; i < nodes; ++i) {
    urls.push_back(nodes_.at((first + i) % nodes)->url(user, database));
  }
  return urls;
}

void Cluster::cut_off(size_t index, bool cut) {
  node(index).execute(std::string("SET GLOBAL wsrep_provider_options = 'gmcast.isolate=") + (cut ? "1'" : "0'"));
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
