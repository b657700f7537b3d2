// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <stdexcept>
#include <system_error>

#include "posix/clock.h"
#include "tests/lab/child.h"

namespace buddyring::lab {
namespace {

// For what an ended process has said to be read.
constexpr auto last_words_patience = std::chrono::seconds{10};

struct Pipe {
  Fd read_end;
  Fd write_end;
};

[[noreturn]] void fail(const std::string& what) { throw std::system_error(errno, std::generic_category(), what); }

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) {
    fail("pipe");
  }
  return {Fd(ends[0]), Fd(ends[1])};
}

Fd make_input(const std::string& text) {
  Fd file(memfd_create("input", MFD_CLOEXEC));
  if (!file.valid() || write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
      lseek(file.get(), 0, SEEK_SET) != 0) {
    fail("standard input");
  }
  return file;
}

int poll_timeout_ms(std::chrono::nanoseconds timeout) {
  return static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(timeout).count());
}

}  // namespace

Process::Process(NamespaceThread& where, const Command& command) {
  Pipe out = make_pipe();
  Pipe err = make_pipe();
  const Fd input = make_input(command.input);
  if (!command.log_path.empty()) {
    log_ = Fd(open(command.log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
    if (!log_.valid()) {
      fail("open " + command.log_path);
    }
  }
  const Child child{.argv = command.argv,
                    .input = input.get(),
                    .out = out.write_end.get(),
                    .err = err.write_end.get(),
                    .without_io_uring = command.without_io_uring};
  pid_ = where.run([&child] { return fork_child(child); });
  pidfd_ = Fd(static_cast<int>(syscall(SYS_pidfd_open, pid_, 0)));
  out_pipe_ = std::move(out.read_end);
  err_pipe_ = std::move(err.read_end);
  reader_ = std::thread([this] { read_outputs(); });
}

Process::~Process() { end(); }

void Process::end() {
  if (!exit_) {
    ::kill(pid_, SIGKILL);
    (void)wait_exit(std::chrono::seconds{10});
  }
  if (reader_.joinable()) {
    reader_.join();
  }
}

void Process::signal(int number) {
  if (running()) {
    ::kill(pid_, number);
  }
}

bool Process::running() { return !wait_exit(std::chrono::nanoseconds{0}); }

std::optional<Exit> Process::wait_exit(std::chrono::nanoseconds timeout) {
  if (exit_) {
    return exit_;
  }
  pollfd watched{.fd = pidfd_.get(), .events = POLLIN, .revents = 0};
  if (poll(&watched, 1, poll_timeout_ms(timeout)) != 1) {
    return std::nullopt;
  }
  int status = 0;
  if (waitpid(pid_, &status, 0) == pid_) {
    exit_ = WIFEXITED(status) ? Exit{.code = WEXITSTATUS(status), .signal = 0}
                              : Exit{.code = -1, .signal = WTERMSIG(status)};
  }
  return exit_;
}

std::unique_lock<std::mutex> Process::lock_said() {
  std::unique_lock lock(mutex_);
  if (exit_) {
    // Its last words may still be in the pipe when its exit is known.
    changed_.wait_for(lock, last_words_patience, [this] { return ended_; });
  }
  return lock;
}

std::vector<Event> Process::events() {
  const auto lock = lock_said();
  return events_;
}

std::optional<Event> Process::wait_event(const std::function<bool(const Event&)>& wanted,
                                         std::chrono::nanoseconds timeout) {
  std::unique_lock lock(mutex_);
  size_t looked_at = 0;
  std::optional<Event> found;
  changed_.wait_for(lock, timeout, [&] {
    for (; !found && looked_at < events_.size(); ++looked_at) {
      if (wanted(events_[looked_at])) {
        found = events_[looked_at];
      }
    }
    return found || ended_;
  });
  return found;
}

std::vector<Line> Process::lines(const std::function<bool(const std::string&)>& wanted, Instant since) {
  const auto lock = lock_said();
  std::vector<Line> found;
  for (const Line& line : lines_) {
    if (line.read >= since && wanted(line.text)) {
      found.push_back(line);
    }
  }
  return found;
}

std::optional<Line> Process::wait_line(const std::function<bool(const std::string&)>& wanted, Instant since,
                                       std::chrono::nanoseconds timeout) {
  std::unique_lock lock(mutex_);
  size_t looked_at = 0;
  std::optional<Line> found;
  changed_.wait_for(lock, timeout, [&] {
    for (; !found && looked_at < lines_.size(); ++looked_at) {
      if (lines_[looked_at].read >= since && wanted(lines_[looked_at].text)) {
        found = lines_[looked_at];
      }
    }
    return found || ended_;
  });
  return found;
}

std::string Process::out() {
  const auto lock = lock_said();
  return out_;
}

std::string Process::err() {
  const auto lock = lock_said();
  return err_;
}

void Process::read_outputs() {
  std::array<pollfd, 2> watched{pollfd{.fd = out_pipe_.get(), .events = POLLIN, .revents = 0},
                                pollfd{.fd = err_pipe_.get(), .events = POLLIN, .revents = 0}};
  std::array<std::string, 2> pending;
  std::array<char, 16384> buffer{};
  while (watched[0].fd >= 0 || watched[1].fd >= 0) {
    if (poll(watched.data(), watched.size(), -1) < 0) {
      continue;
    }
    for (size_t i = 0; i < watched.size(); ++i) {
      if (watched[i].revents == 0) {
        continue;
      }
      const ssize_t size = read(watched[i].fd, buffer.data(), buffer.size());
      if (size <= 0) {
        watched[i].fd = -1;  // poll skips it from here on
        if (!pending[i].empty()) {
          pending[i] += '\n';  // a last line without its end is a line all the same
        }
        take_lines(i == 1, pending[i]);
        continue;
      }
      pending[i].append(buffer.data(), static_cast<size_t>(size));
      take_lines(i == 1, pending[i]);
    }
  }
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  changed_.notify_all();
}

void Process::take_lines(bool is_err, std::string& pending) {
  const size_t end = pending.rfind('\n');
  if (end == std::string::npos) {
    return;
  }
  const Instant read = monotonic_now();
  const std::string whole = pending.substr(0, end + 1);
  pending.erase(0, end + 1);
  if (log_.valid()) {
    // The log file is for people; a full disk must not fail the run.
    [[maybe_unused]] const ssize_t written = write(log_.get(), whole.data(), whole.size());
  }
  {
    const std::lock_guard lock(mutex_);
    (is_err ? err_ : out_) += whole;
    for (size_t begin = 0; begin < whole.size();) {
      const size_t newline = whole.find('\n', begin);
      lines_.push_back({.read = read, .text = whole.substr(begin, newline - begin)});
      Event event = is_err ? parse_event(lines_.back().text) : Event{};
      if (!event.name.empty()) {
        events_.push_back(std::move(event));
      }
      begin = newline + 1;
    }
  }
  changed_.notify_all();
}

Completed run_to_end(NamespaceThread& where, const Command& command, std::chrono::nanoseconds timeout) {
  Process process(where, command);
  const auto exit = process.wait_exit(timeout);
  if (!exit) {
    throw std::runtime_error(command.argv.front() + " did not end in time");
  }
  return {.exit = *exit, .out = process.out(), .err = process.err()};
}

}  // namespace buddyring::lab
