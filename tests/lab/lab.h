// SPDX-License-Identifier: Apache-2.0
// Lab: a network of namespaces with a server table, a router's host and a
// client's host, in which pools of agents can live.
//
// Theory of operation. One process is one lab. It first shuts itself into a
// sandbox, then builds the switch and the three fixed hosts, and starts a
// throwaway MariaDB on one of them. Files go to build/lab/NAME only, which the
// next lab of that name clears. When the process ends, however it ends, the
// kernel takes namespaces, pins and processes away.
//
//   switch ── registry 10.77.255.1, 2001:db8::255:1   (MariaDB)
//          ├─ router   10.77.255.2, 2001:db8::255:2
//          ├─ client   10.77.255.3, 2001:db8::255:3
//          └─ servers  10.77.0.1 and up, or 2001:db8::1:1 and up
//
// A server's host has one family and nothing of the other, and what is started for
// it uses that alone.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "registry/client.h"
#include "tests/lab/host.h"
#include "tests/lab/mariadb.h"
#include "tests/lab/process.h"
#include "tests/lab/sandbox.h"
#include "tests/lab/switch.h"

namespace buddyring::lab {

class Lab {
 public:
  // REQUIRES a process without other threads. Throws with one line that says what is wrong.
  Lab();
  ~Lab();
  Lab(const Lab&) = delete;
  Lab& operator=(const Lab&) = delete;

  [[nodiscard]] Host& registry() { return *registry_; }
  [[nodiscard]] Host& router() { return *router_; }
  [[nodiscard]] Host& client() { return *client_; }
  // A host with the next free address; `name` (up to 5 characters) is made unique.
  [[nodiscard]] std::unique_ptr<Host> new_host(const std::string& name, Family family = Family::ipv4);
  [[nodiscard]] std::string new_pool_name();

  [[nodiscard]] std::string program(const std::string& name) const { return build_ + "/bin/" + name; }
  [[nodiscard]] std::string directory() const { return directory_; }
  [[nodiscard]] std::string log_path(const std::string& name) const { return directory_ + "/" + name + ".log"; }

  // A compiled kernel program of tests/bpf or bpf, by its name there.
  [[nodiscard]] std::string bpf_object(const std::string& name) const { return build_ + "/bpf/" + name + ".bpf.o"; }
  // For faults of the network between hosts.
  [[nodiscard]] Switch& network() { return switch_; }

  // The server table, as the agents' EXECUTE-only account reaches it.
  [[nodiscard]] std::string registry_url(Family family = Family::ipv4) const;
  // The same of another database, which install_table() has made a registry.
  [[nodiscard]] static RegistryUrl registry_url_of(const MariaDb& database);
  // Accounts, database and table as the lab's own has them, by buddyctl.
  void install_table(MariaDb& database);
  // For the registry's host alone, of a URL with one endpoint or more.
  [[nodiscard]] static std::unique_ptr<RegistryClient> client_of(const std::string& registry);
  [[nodiscard]] std::string password_file() const;
  void stop_registry();
  void start_registry();  // if it does not run
  [[nodiscard]] MariaDb& database() { return *database_; }
  // Runs `work(RegistryClient&)` on the registry's host and returns its result.
  template <class Work>
  auto with_registry(Work work) {
    return registry_->run([&] { return work(*table_); });
  }

  // buddyctl with these arguments, and for all but `status` the registry's, on the client's host.
  [[nodiscard]] Completed buddyctl(std::vector<std::string> arguments, Family family = Family::ipv4);

 private:
  std::string build_;
  std::string directory_;
  Sandbox sandbox_;
  Switch switch_;
  bool registry_runs_ = true;
  unsigned hosts_ = 0;
  unsigned pools_ = 0;
  std::unique_ptr<Host> registry_;
  std::unique_ptr<Host> router_;
  std::unique_ptr<Host> client_;
  std::unique_ptr<MariaDb> database_;
  std::unique_ptr<RegistryClient> table_;
};

}  // namespace buddyring::lab
