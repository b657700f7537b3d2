// SPDX-License-Identifier: Apache-2.0
// Agent: a host and the buddyd on it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bpf/contract.h"
#include "core/server.h"
#include "kernel/pinned_maps.h"
#include "tests/lab/host.h"
#include "tests/lab/lab.h"
#include "tests/lab/process.h"

namespace buddyring::lab {

inline constexpr uint16_t default_replace_port = 7946;

// How an agent is started. A pool gives all of its agents the same.
struct AgentSettings {
  std::string interval = "10ms";   // "": not on the command line
  unsigned misses = 3;             // 0: the same
  std::string lease = "3s";        // "": the same
  std::string program = "";        // "": the one that was built
  std::string key_file = "";       // "": none
  std::string registry = "";       // "": the lab's
  std::string password_file = "";  // "": the lab's
  std::string zone = "";           // "": none
  Family family = Family::ipv4;
  std::string pin_root = "/sys/fs/bpf/buddyring";
  std::vector<std::string> options = {};  // more of them
  std::vector<std::string> through = {};  // the program that starts it, such as env
};

// An agent's own list, as its pinned maps show it.
struct OwnList {
  std::string a;
  std::string b;
  Epoch epoch = 0;
  friend bool operator==(const OwnList&, const OwnList&) = default;
};

class Agent {
 public:
  Agent(Lab& lab, std::string pool, std::string server, AgentSettings settings);

  [[nodiscard]] const std::string& server() const { return server_; }
  [[nodiscard]] const std::string& address() const { return host_->address(); }
  [[nodiscard]] Host& host() { return *host_; }
  // Of the next start.
  [[nodiscard]] AgentSettings& settings() { return settings_; }

  // The command line that start() runs, for tests that spoil it.
  [[nodiscard]] Command command() const;
  // Starts buddyd, without waiting for anything.
  void launch();
  // Starts buddyd and waits for its announcement. Throws std::runtime_error
  // with what it said when it ended before, or took too long.
  Event start();
  // SIGTERM, and its exit. Throws std::runtime_error when it takes too long.
  Exit stop();
  // SIGUSR2, its exit, and the start of the next agent, which goes on as this one. Throws
  // std::runtime_error when either takes too long or the next one begins anew.
  Event upgrade();
  // SIGKILL, collected. Returns the instants around the kill.
  Span kill();
  // REQUIRES that it was started.
  [[nodiscard]] Process& process() { return *process_; }

  // Its events so far of that name, those of its earlier processes first.
  [[nodiscard]] std::vector<Event> events(const std::string& name) const;
  // The first of that name of the present process not before `since`; waits for it.
  [[nodiscard]] std::optional<Event> wait_event(const std::string& name, Instant since,
                                                std::chrono::nanoseconds timeout);

  // What hangs on its network card or is pinned for it: "" when nothing does.
  [[nodiscard]] std::string attached();
  // Its maps; nothing when nothing is pinned.
  [[nodiscard]] Result<PinnedMaps> pinned() const;
  // Its own page; zeros when nothing is pinned.
  [[nodiscard]] buddyring_report report() const;
  // Nothing when nothing is pinned.
  [[nodiscard]] std::optional<OwnList> own_list() const;
  // Of `buddy`'s latest live answer, as this agent's kernel saw it; 0 when there was none.
  [[nodiscard]] Incarnation live_incarnation(const std::string& buddy) const;
  // Probes to all that it watches now that its kernel saw leave.
  [[nodiscard]] uint64_t departures() const;
  // It has buddies, and its kernel has heard both of them live.
  [[nodiscard]] bool hears_its_buddies() const;

 private:
  Lab& lab_;
  std::string pool_;
  std::string server_;
  AgentSettings settings_;
  std::unique_ptr<Host> host_;
  std::unique_ptr<Process> process_;
  std::vector<Event> earlier_;  // of the processes before
};

}  // namespace buddyring::lab
