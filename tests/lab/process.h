// SPDX-License-Identifier: Apache-2.0
// Process: a program run in a network namespace, its output line by line.
//
// Theory of operation. The namespace's thread forks it; the kernel kills it
// when that thread ends, however it ends. One reader thread a process takes
// both outputs apart into lines, appends them to a log file under build/lab and
// wakes whoever waits for a line. Waiting for the exit goes through a pidfd.
// Destruction kills by SIGKILL and collects.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "core/time.h"
#include "posix/fd.h"
#include "tests/lab/event.h"
#include "tests/lab/namespace_thread.h"

namespace buddyring::lab {

struct Command {
  std::vector<std::string> argv{};
  std::string log_path{};         // appended to; empty: no file
  std::string input{};            // its standard input
  bool without_io_uring = false;  // io_uring_setup fails with EPERM, as when it is switched off
};

// How a process ended.
struct Exit {
  int code = -1;  // of exit(); -1 when a signal ended it
  int signal = 0;
  friend bool operator==(const Exit&, const Exit&) = default;
};

// A line of either output, for programs whose own stamps are too coarse, or others than ours.
struct Line {
  Instant read{};
  std::string text;
};

// A process that ran to its end.
struct Completed {
  Exit exit;
  std::string out;
  std::string err;
};

class Process {
 public:
  // Throws std::system_error. A program that cannot be executed exits with 127.
  Process(NamespaceThread& where, const Command& command);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  [[nodiscard]] pid_t pid() const { return pid_; }
  void signal(int number);
  [[nodiscard]] bool running();
  // Nothing when it still runs after `timeout`.
  [[nodiscard]] std::optional<Exit> wait_exit(std::chrono::nanoseconds timeout);
  // Kills it, unless it has ended, and collects it with all that it said.
  void end();

  // The events of standard error so far.
  [[nodiscard]] std::vector<Event> events();
  // The first event so far, or to come within `timeout`, that `wanted` accepts.
  // Gives up at once when the process has ended without one.
  [[nodiscard]] std::optional<Event> wait_event(const std::function<bool(const Event&)>& wanted,
                                                std::chrono::nanoseconds timeout);
  // The lines, read at or after `since`, that `wanted` accepts; so far.
  [[nodiscard]] std::vector<Line> lines(const std::function<bool(const std::string&)>& wanted, Instant since);
  // The first of these; waits for it, but not beyond the process's end.
  [[nodiscard]] std::optional<Line> wait_line(const std::function<bool(const std::string&)>& wanted, Instant since,
                                              std::chrono::nanoseconds timeout);
  [[nodiscard]] std::string out();
  [[nodiscard]] std::string err();

 private:
  // Holds what it said; once wait_exit() has told its end, all of that.
  [[nodiscard]] std::unique_lock<std::mutex> lock_said();
  void read_outputs();
  void take_lines(bool is_err, std::string& pending);

  pid_t pid_ = -1;
  Fd pidfd_;
  Fd out_pipe_;
  Fd err_pipe_;
  Fd log_;
  std::optional<Exit> exit_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::string out_;
  std::string err_;
  std::vector<Event> events_;
  std::vector<Line> lines_;
  bool ended_ = false;  // both outputs are closed
  std::thread reader_;
};

// Runs a command to its end. Throws std::runtime_error when it takes longer than `timeout`.
[[nodiscard]] Completed run_to_end(NamespaceThread& where, const Command& command,
                                   std::chrono::nanoseconds timeout = std::chrono::seconds{30});

}  // namespace buddyring::lab
