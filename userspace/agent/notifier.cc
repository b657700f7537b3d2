// SPDX-License-Identifier: Apache-2.0
#include "agent/notifier.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "posix/clock.h"
#include "posix/startup_error.h"

namespace buddyring {
namespace {

constexpr mode_t fifo_mode = 0640;

Fd open_fifo(const std::string& path) {
  const auto refuse = [&path](const std::string& why) -> StartupError {
    return StartupError{"cannot use " + path + " (--notify-fifo): " + why +
                        "; give the path of a FIFO, or one in an existing folder where there is nothing yet"};
  };
  if (::mkfifo(path.c_str(), fifo_mode) != 0 && errno != EEXIST) {
    throw refuse(std::strerror(errno));
  }
  Fd fifo{::open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC)};
  if (!fifo.valid()) {
    throw refuse(std::strerror(errno));
  }
  struct stat status {};
  if (::fstat(fifo.get(), &status) != 0 || !S_ISFIFO(status.st_mode)) {
    throw refuse("it is no FIFO");
  }
  return fifo;
}

// A pipe with this line in it and no writer, which a command reads to the end.
// notice_bytes_max is what every pipe takes at once.
Fd pipe_with(const std::string& line) {
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    return {};
  }
  Fd reading{ends[0]};
  const Fd writing{ends[1]};
  return ::write(writing.get(), line.data(), line.size()) == static_cast<ssize_t>(line.size()) ? std::move(reading)
                                                                                               : Fd{};
}

}  // namespace

Notifier::Notifier(NotifySettings settings, std::string pool, std::string server, const Log& log)
    : settings_(std::move(settings)), pool_(std::move(pool)), server_(std::move(server)), log_(log) {
  if (!settings_.fifo.empty()) {
    fifo_ = open_fifo(settings_.fifo);
  }
}

NoticeFrame Notifier::next_frame(Instant now, Instant at) {
  return {.pool = pool_,
          .server = server_,
          .number = number_ + 1,
          .realtime_ns = realtime_ns() - static_cast<uint64_t>((now - at).count())};
}

void Notifier::tell(Loop& loop, Instant now, const Event& event, Duration detection_time) {
  if (idle()) {
    return;
  }
  if (auto line = notice_line(next_frame(now, event.at), event, detection_time)) {
    pass_on(loop, now, std::move(*line));
  }
}

void Notifier::tell(Loop& loop, Instant now, const ServiceWatch::Change& change) {
  if (!idle()) {
    pass_on(loop, now, notice_line(next_frame(now, now), change, now));
  }
}

void Notifier::pass_on(Loop& loop, Instant now, std::string line) {
  ++number_;
  if (fifo_.valid()) {
    write_fifo(line, now);
  }
  if (settings_.command.empty()) {
    return;
  }
  if (!waiting_.push(std::move(line))) {
    drop(by_command_, now);
  }
  run_next(loop, now);
}

// Lines are no longer than PIPE_BUF, so one is written whole or not at all.
void Notifier::write_fifo(const std::string& line, Instant now) {
  if (::write(fifo_.get(), line.data(), line.size()) < 0) {
    drop(by_fifo_, now);
  } else {
    caught_up(by_fifo_, now);
  }
}

void Notifier::drop(Missed& missed, Instant now) {
  ++missed.count;
  if (!missed.begun) {
    missed.begun = true;
    log_.warn("notify", {{"state", "dropping"}, {"receiver", missed.receiver}, {"number", number_}}, now);
  }
}

void Notifier::caught_up(Missed& missed, Instant now) {
  if (missed.begun) {
    missed.begun = false;
    log_.warn("notify", {{"state", "caught_up"}, {"receiver", missed.receiver}, {"dropped", missed.count}}, now);
  }
}

bool Notifier::start_next(Instant now) {
  while (!child_) {
    const auto line = waiting_.pop();
    if (!line) {
      caught_up(by_command_, now);
      return false;
    }
    const Fd input = pipe_with(*line);
    auto child = ChildProcess::start({"/bin/sh", "-c", settings_.command}, -1, input.get(), settings_.child_cpus);
    if (child) {
      child_.emplace(std::move(child.value()));
      kill_at_ = now + limits::notify_timeout;
    } else {
      log_.warn("notify", {{"state", "failed"}, {"why", child.error().message}}, now);
    }
  }
  return true;
}

void Notifier::run_next(Loop& loop, Instant now) {
  if (!child_ && start_next(now)) {
    loop.poll_in(child_->pidfd(), pack({.work = Work::notify}));
  }
}

void Notifier::collect(Instant now) {
  const ChildProcess::Exit exit = child_->collect();
  child_.reset();
  kill_at_.reset();
  if (exit.code != 0) {
    log_.warn("notify", {{"state", "failed"}, {"why", describe(exit)}}, now);
  }
}

void Notifier::on_exit(Loop& loop, Instant now) {
  collect(now);
  run_next(loop, now);
}

void Notifier::handle_timeout(Instant now) {
  if (kill_at_ && now >= *kill_at_) {
    kill_at_.reset();
    child_->kill_group();
    log_.warn("notify", {{"state", "killed"}, {"why", "it took longer than it may"}}, now);
  }
}

void Notifier::finish(Duration patience) {
  const Instant give_up = monotonic_now() + patience;
  for (Instant now = monotonic_now(); now < give_up && start_next(now); now = monotonic_now()) {
    pollfd exit{.fd = child_->pidfd(), .events = POLLIN, .revents = 0};
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(give_up - now);
    if (::poll(&exit, 1, static_cast<int>(left.count())) == 1) {
      collect(monotonic_now());
    }
  }
  if (const size_t left = waiting_.size() + (child_ ? 1 : 0); left != 0) {
    log_.warn("notify", {{"state", "ended"}, {"untold", left}}, monotonic_now());
  }
}

}  // namespace buddyring
