// SPDX-License-Identifier: Apache-2.0
// ServiceWatch: the services for which this server stands: processes (--watch-pid,
// --watch-unit), and what is looked at again and again (--watch-tcp, --watch-exec).
// While one of them is gone, the agent does not vouch for the server.
//
// Theory of operation. The kernel's exit notice revokes the lease the moment such a
// process exits; this is how the agent learns of it too, by a pidfd that the loop
// watches, and what it does then: it takes the server out of the ring. A process
// does not come back. A unit does: its main process is looked up anew until there is
// one. What is looked at comes and goes by its HealthCheck, which has the server wait
// for it at the start, too.
#pragma once

#include <sys/types.h>

#include <list>
#include <optional>
#include <string>
#include <vector>

#include "agent/health_check.h"
#include "agent/service_options.h"
#include "agent/token.h"
#include "agent/unit_lookup.h"
#include "core/bounded_queue.h"
#include "core/limits.h"
#include "core/time.h"
#include "posix/fd.h"

namespace buddyring {

class ServiceWatch {
 public:
  // Throws StartupError when a process or a unit is not there.
  explicit ServiceWatch(const ServiceOptions& options);

  [[nodiscard]] bool empty() const { return services_.empty() && checks_.empty(); }
  // All are there; also when there are none.
  [[nodiscard]] bool all_there() const;
  [[nodiscard]] std::vector<pid_t> processes() const;

  // Prepares what is waited for in the loop. Call once at the start. `resumes`: an agent before
  // us vouched for all of them until a moment ago.
  void begin(Loop& loop, Instant now, bool resumes);
  // Looks at these endpoints and commands from now on, in this way; processes and units stay. What was
  // looked at before goes on as it stands; what is new counts as there until checks fail.
  void set_checks(Loop& loop, Instant now, const ServiceOptions& options);
  // A completion of Work::service, Work::unit or Work::check.
  void on_completion(Loop& loop, Instant now, TokenParts parts, int result);
  // Asks systemd again for units without a main process, and begins and ends checks.
  void handle_timeout(Loop& loop, Instant now);
  struct Change {
    std::string what;        // "process 4711", "unit nginx.service", "tcp 127.0.0.1:80", "exec COMMAND"
    const char* state = "";  // "awaited" (at the start), "runs", "gone"; "watched", "unwatched" by set_checks()
    pid_t pid = 0;           // 0: of no process
    std::string why{};       // "" when there is nothing to say
  };
  // What came or went since.
  [[nodiscard]] std::optional<Change> poll_change();
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
  void on_exit(Instant now, Service& service);
  void on_answer(Loop& loop, Instant now, uint32_t index);
  void watch(Loop& loop, uint32_t index);
  void tell(Change change);

  struct Check {
    uint32_t number;  // by which its completions find it
    std::string what;
    HealthCheck health;
  };
  // In places where they stay. Not begun yet.
  [[nodiscard]] std::list<Check> checks_of(const ServiceOptions& options);
  static Loop::Token token_of(const Check& check) { return pack({.work = Work::check, .index = check.number}); }
  void on_check(uint32_t number, int result);
  void tell_of(const Check& check);

  std::optional<CpuSet> child_cpus_;
  std::vector<Service> services_;
  std::list<Check> checks_;
  std::list<Check> ending_;  // nobody wants to know any more how these go
  uint32_t checks_made_ = 0;
  BoundedQueue<Change, 4 * limits::services_max> changes_;  // it is drained after each input
};

}  // namespace buddyring
