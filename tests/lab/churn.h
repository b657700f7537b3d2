// SPDX-License-Identifier: Apache-2.0
// Churn: many clients of a registry, each with servers of its own that it announces,
// takes out and pronounces dead, and that remembers what it was told has been done.
//
// Theory of operation. Only its client changes a server. Each calls again until it is
// told that a thing is done, as agents do, and counts everything but `unreachable` as an
// error. So when all have ended, the table must hold exactly the servers whose last
// acknowledged change put them in.
#pragma once

#include <atomic>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "registry/client.h"

namespace buddyring::lab {

struct ChurnCounts {
  std::atomic<unsigned> done = 0;         // acknowledged changes
  std::atomic<unsigned> verdicts = 0;     // of these, deletions by verdict
  std::atomic<unsigned> unreachable = 0;  // calls that had to be made again
};

class Churn {
 public:
  // A client each, with these endpoints in its order of preference.
  Churn(std::string pool, const std::vector<std::vector<RegistryUrl>>& endpoints, const std::string& password);
  // Ends it, if finish() was not called.
  ~Churn();
  Churn(const Churn&) = delete;
  Churn& operator=(const Churn&) = delete;

  [[nodiscard]] const ChurnCounts& counts() const { return counts_; }
  // Waits for the changes under way. The servers that must be in the table.
  [[nodiscard]] std::set<std::string> finish();
  // What was no `unreachable`; any of it ends the churn.
  [[nodiscard]] std::vector<std::string> errors() const;

 private:
  void live(unsigned own, RegistryClient& client);
  void announce(RegistryClient& client, const Server& server);
  void take_out(RegistryClient& client, const std::string& server);
  // Tries to have it pronounced dead by its buddy; false when the table would not.
  bool pronounce_dead(RegistryClient& client, const std::string& server);
  // Until it is done or fails for good, which is remembered.
  template <class Call>
  auto insist(const Call& call) -> decltype(call());

  const std::string pool_;
  ChurnCounts counts_;
  std::atomic<bool> ending_ = false;
  mutable std::mutex mutex_;
  std::set<std::string> present_;
  std::vector<std::string> errors_;
  std::vector<std::thread> threads_;
};

}  // namespace buddyring::lab
