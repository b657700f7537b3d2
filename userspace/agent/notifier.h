// SPDX-License-Identifier: Apache-2.0
// Notifier: tells a command (--notify) and a FIFO (--notify-fifo) of what happens.
//
// Theory of operation. Neither can hold the agent. The command runs as a child, once for
// each notice, with the line on its standard input, one after the other so that they
// keep their order; what happens meanwhile waits in a bounded queue, and one that takes
// longer than limits::notify_timeout is killed. The FIFO is open for reading and writing, so
// that opening it waits for nobody and the pipe's own buffer is its queue. What a full
// queue does not take is dropped: its number is missing, and it is counted in the log.
#pragma once

#include <optional>
#include <string>

#include "agent/notice.h"
#include "agent/token.h"
#include "core/bounded_queue.h"
#include "core/limits.h"
#include "loop/loop.h"
#include "posix/child_process.h"
#include "posix/fd.h"
#include "posix/log.h"

namespace buddyring {

struct NotifySettings {
  std::string command;                 // one line for /bin/sh; "": none
  std::string fifo;                    // its path; "": none
  std::optional<CpuSet> child_cpus{};  // where the command may run; nothing: where we do
};

class Notifier {
 public:
  // Makes the FIFO where there is none. Throws StartupError.
  Notifier(NotifySettings settings, std::string pool, std::string server, const Log& log);

  void tell(Loop& loop, Instant now, const Event& event, Duration detection_time);
  void tell(Loop& loop, Instant now, const ServiceWatch::Change& change);
  // The command exited: a completion of Work::notify.
  void on_exit(Loop& loop, Instant now);
  // Kills a command that takes too long.
  void handle_timeout(Instant now);
  [[nodiscard]] std::optional<Instant> next_deadline() const { return kill_at_; }
  // Our end: what waits is still told, for `patience` at most. Nothing else runs meanwhile.
  void finish(Duration patience);

 private:
  // What one of the two receivers missed; the log is told when that begins and ends.
  struct Missed {
    const char* receiver;
    uint64_t count = 0;
    bool begun = false;
  };
  void drop(Missed& missed, Instant now);
  void caught_up(Missed& missed, Instant now);
  [[nodiscard]] bool idle() const { return settings_.command.empty() && !fifo_.valid(); }
  [[nodiscard]] NoticeFrame next_frame(Instant now, Instant at);
  void pass_on(Loop& loop, Instant now, std::string line);
  void write_fifo(const std::string& line, Instant now);
  // Starts the command for what waits, unless it runs; true when it runs now.
  bool start_next(Instant now);
  void run_next(Loop& loop, Instant now);
  void collect(Instant now);

  NotifySettings settings_;
  std::string pool_;
  std::string server_;
  const Log& log_;
  uint64_t number_ = 0;
  Fd fifo_;
  BoundedQueue<std::string, limits::notices_waiting_max> waiting_;
  std::optional<ChildProcess> child_;
  std::optional<Instant> kill_at_;
  Missed by_command_{.receiver = "command"};
  Missed by_fifo_{.receiver = "fifo"};
};

}  // namespace buddyring
