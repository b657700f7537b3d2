// SPDX-License-Identifier: Apache-2.0
// ServiceWatch: the processes for which this server stands (--watch-pid,
// --watch-unit). While one of them is gone, the agent does not vouch for the server.
//
// Theory of operation. The kernel's exit notice revokes the lease the moment such a
// process exits; this is how the agent learns of it too, by a pidfd that the loop
// watches, and what it does then: it takes the server out of the ring. A process
// does not come back. A unit does: its main process is looked up anew until there is
// one.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "agent/service_options.h"
#include "agent/token.h"
#include "agent/unit_lookup.h"
#include "core/time.h"
#include "posix/fd.h"

namespace buddyring {

class ServiceWatch {
 public:
  // Throws StartupError when one of them is not there.
  explicit ServiceWatch(const ServiceOptions& options);

  [[nodiscard]] bool empty() const { return services_.empty(); }
  // All are there; also when there are none.
  [[nodiscard]] bool all_there() const;
  [[nodiscard]] std::vector<pid_t> processes() const;

  // Prepares what is waited for in the loop. Call once at the start.
  void begin(Loop& loop);
  struct Change {
    std::string what;  // "process 4711", "unit nginx.service"
    pid_t pid = 0;
    bool there = false;
  };
  // A completion of Work::service or Work::unit.
  [[nodiscard]] std::optional<Change> on_completion(Loop& loop, Instant now, TokenParts parts);
  // Asks systemd again for units without a main process.
  void handle_timeout(Loop& loop, Instant now);
  [[nodiscard]] std::optional<Instant> next_deadline() const;

 private:
  struct Service {
    std::string what;
    std::string unit;  // "" for a process
    pid_t pid = 0;
    Fd pidfd{};  // invalid while it is gone
    std::optional<UnitLookup> lookup{};
    std::optional<Instant> ask_again{};
  };
  [[nodiscard]] std::optional<Change> on_exit(Instant now, Service& service);
  [[nodiscard]] std::optional<Change> on_answer(Loop& loop, Instant now, uint32_t index);
  void watch(Loop& loop, uint32_t index);

  std::vector<Service> services_;
};

}  // namespace buddyring
