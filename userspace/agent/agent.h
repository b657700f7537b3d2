// SPDX-License-Identifier: Apache-2.0
// Agent: the core wired to this host, which is buddyd.
//
// Theory of operation. One thread, one io_uring. A wake-up reads the clock
// once, drains every input into the core (completions, then mapped kernel
// state), then lets the core meet its deadlines, then carries out what the core
// orders, and waits. Only SQL runs elsewhere, on the registry worker's thread.
#pragma once

#include <bitset>
#include <cstdint>
#include <functional>
#include <optional>

#include "agent/network_watch.h"
#include "agent/notifier.h"
#include "agent/options.h"
#include "agent/probe_sender.h"
#include "agent/replace_listener.h"
#include "agent/replace_sender.h"
#include "agent/scheduling.h"
#include "agent/service_watch.h"
#include "agent/signals.h"
#include "core/ring_member.h"
#include "kernel/kernel_path.h"
#include "loop/loop.h"
#include "posix/log.h"
#include "posix/service_manager.h"
#include "registry/worker.h"

namespace buddyring {

class Agent {
 public:
  // Attaches to the kernel; announces nothing yet. Throws StartupError.
  // `reread` reads the same settings anew, for SIGHUP, and throws what agent_options() does.
  Agent(const AgentOptions& options, Log& log, std::function<AgentOptions()> reread);

  // Announces, watches, and leaves on SIGTERM or SIGINT, hands over on SIGUSR2, or goes on by
  // other settings on SIGHUP.
  // The exit status: 0 after a leave in order or a hand-over. Throws StartupError
  // when the announce fails.
  [[nodiscard]] int run();

 private:
  [[nodiscard]] std::string attachment_names();
  [[nodiscard]] std::string describe_start_error() const;  // REQUIRES one

  // Inputs.
  void on_completion(Loop::Token token, int result);
  void on_signal();
  void on_link_notices();
  void on_registry();
  void on_service_changes();
  // Rests the lease on the processes there are now; false while one is gone.
  bool rest_on_services();
  void rest_again();
  void observe();

  // Reloading (agent_reload.cc).
  void reload();
  void apply(const AgentOptions& fresh);
  void report_reload(buddyring_reload_result result, const std::string& changed, const std::string& restart);

  // Outputs.
  void carry_out();
  void publish_self();
  void tell_manager();
  void apply_watch_changes();
  void tell_event(const Event& event);
  void tell_events();
  void log_failure(const char* event, const Status& status) const;
  [[nodiscard]] bool watch_again(unsigned slot);
  void send_probes();
  void call_registry();
  [[nodiscard]] Instant next_deadline() const;
  [[nodiscard]] bool suspects_anyone() const;
  void tell_of_bypass(unsigned slot, const Observation& seen);

  AgentOptions options_;
  Log& log_;
  std::function<AgentOptions()> reread_;
  Instant now_;  // of this wake-up
  RingNetwork network_;
  NetworkWatch network_watch_;
  uint64_t events_dropped_ = 0;
  Instant bypass_told_{};
  bool handing_over_ = false;
  bool serving_ = true;                       // what this server stands for is there
  bool rest_refused_ = false;                 // the kernel would not take its processes
  std::bitset<WatchSet::limit> unwatchable_;  // slots that the kernel would not take
  Scheduling scheduling_;
  Signals signals_;
  ServiceManager manager_;
  ServiceWatch services_;
  Notifier notifier_;
  Loop loop_;
  ReplaceListener listener_;
  ReplaceSender sender_;
  ProbeSender probes_;
  // Before the kernel path, whose failing start leaves what was handed over to it.
  RegistryWorker worker_;
  KernelPath kernel_;
  RingMember core_;
};

}  // namespace buddyring
