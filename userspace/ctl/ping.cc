// SPDX-License-Identifier: Apache-2.0
// `buddyctl ping`: echo requests to any hosts, with round-trip times by the
// kernel's stamps.
//
// Theory of operation. One thread, one socket a family, one ppoll a wake-up,
// until the next request is due, the oldest one's time is up, something comes
// or somebody interrupts. After a reply was read, the notices are: a departure is
// stamped before the packet reaches the wire, so the stamp of an answered
// request is among them, and the reply is entered with it.
#include <poll.h>
#include <sys/random.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <iostream>

#include "core/limits.h"
#include "ctl/command.h"
#include "ctl/ping_forms.h"
#include "ctl/ping_schedule.h"
#include "ctl/ping_socket.h"
#include "ctl/stamping.h"
#include "posix/clock.h"
#include "posix/stop_signals.h"

namespace buddyring {
namespace {

using namespace std::chrono_literals;

constexpr uint64_t default_count = 5;
constexpr auto default_interval = 1s;
constexpr auto default_timeout = 1s;
constexpr size_t default_data_bytes = 56;
constexpr int64_t second_ns = 1'000'000'000;

PingSettings ping_settings(const Options& options, size_t hosts) {
  PingSettings settings;
  if (hosts > limits::ping_hosts_max) {
    throw UsageError("ping takes up to " + std::to_string(limits::ping_hosts_max) + " hosts, not " +
                     std::to_string(hosts) + "; divide them among several calls");
  }
  settings.count = options.number("count", default_count, 1, limits::ping_requests_max / hosts);
  settings.interval =
      options.duration("interval", default_interval, limits::ping_interval_min, limits::ping_interval_max);
  settings.timeout = options.duration("timeout", default_timeout, limits::ping_timeout_min, limits::ping_timeout_max);
  settings.data_bytes =
      options.number("size", default_data_bytes, limits::ping_data_bytes_min, limits::ping_data_bytes_max);
  if (options.on("ipv4") && options.on("ipv6")) {
    throw UsageError("-4 and -6 exclude each other; give one of them, or none to take what a name resolves to");
  }
  settings.family = options.on("ipv4") ? AF_INET : options.on("ipv6") ? AF_INET6 : AF_UNSPEC;
  settings.hardware = options.on("hardware-stamps");
  settings.quiet = options.on("quiet");
  return settings;
}

PingNonce draw_nonce() {
  PingNonce nonce{};
  if (::getrandom(nonce.data(), nonce.size(), 0) != static_cast<ssize_t>(nonce.size())) {
    throw StartupError(std::string{"draw a nonce: "} + std::strerror(errno) + "; the kernel's randomness is needed");
  }
  return nonce;
}

class Pinger {
 public:
  Pinger(PingRun& run, bool prints) : run_(run), prints_(prints && !run.settings.quiet), stop_(stop_signals_fd()) {
    const PingNonce nonce = draw_nonce();
    for (const int family : {AF_INET, AF_INET6}) {
      const auto& hosts = run_.hosts.found;
      if (std::any_of(hosts.begin(), hosts.end(),
                      [&](const PingHost& host) { return host.socket_address.ss_family == family; })) {
        sockets_.emplace_back(PingSocketSettings{.family = family,
                                                 .nonce = nonce,
                                                 .data_bytes = run_.settings.data_bytes,
                                                 .hardware = run_.settings.hardware});
        families_.push_back(family);
        polled_.push_back({.fd = sockets_.back().fd(), .events = POLLIN, .revents = 0});
      }
    }
    polled_.push_back({.fd = stop_.get(), .events = POLLIN, .revents = 0});
    await_arrival_stamps();
  }

  // Until all is answered or timed out, or a signal asks to stop, or nobody reads any more.
  void work() {
    PingSchedule schedule(run_.ledger.hosts(), run_.settings.count, run_.settings.interval, monotonic_now());
    while (schedule.next() || run_.ledger.next_expiry()) {
      if (const auto number = schedule.take(monotonic_now())) {
        send(*number);
      }
      wait(earliest(schedule.next(), run_.ledger.next_expiry()));
      // Nobody reads on, when standard output is gone.
      if (polled_.back().revents != 0 || !std::cout) {
        return;
      }
      for (PingSocket& socket : sockets_) {
        receive(socket);
      }
      // What came in time was read above.
      while (const auto number = run_.ledger.expire(monotonic_now())) {
        print(ping_line(run_, *number));
      }
    }
  }

 private:
  static Instant earliest(const std::optional<Instant>& one, const std::optional<Instant>& other) {
    return std::min(one.value_or(Instant::max()), other.value_or(Instant::max()));
  }

  void wait(Instant deadline) {
    const Duration left = std::max(deadline - monotonic_now(), Duration{0});
    const timespec timeout{.tv_sec = left.count() / second_ns, .tv_nsec = left.count() % second_ns};
    for (pollfd& one : polled_) {
      one.revents = 0;
    }
    static_cast<void>(::ppoll(polled_.data(), polled_.size(), &timeout, nullptr));
  }

  void send(uint64_t number) {
    const PingHost& host = run_.hosts.found[run_.ledger.host_of(number)];
    const auto family = std::find(families_.begin(), families_.end(), host.socket_address.ss_family);
    PingSocket& socket = sockets_[static_cast<size_t>(family - families_.begin())];
    run_.ledger.depart(number, {.at = monotonic_now(), .process_ns = realtime_ns()});
    if (const int error = socket.send(host.socket_address, number); error != 0) {
      tell_error(number, std::string{"not sent: "} + std::strerror(error));
    }
  }

  void receive(PingSocket& socket) {
    take_notices(socket);
    while (const auto reply = socket.next_reply()) {
      take_notices(socket);
      if (!run_.ledger.knows(reply->number)) {
        continue;
      }
      const PingHost& host = run_.hosts.found[run_.ledger.host_of(reply->number)];
      if (!same_address(reply->source, host.socket_address)) {
        run_.ledger.count_foreign(reply->number);
      } else if (!reply->whole) {
        run_.ledger.count_damaged(reply->number);
      } else if (const auto settled = run_.ledger.take_reply(reply->number, reply->stamps)) {
        print(ping_line(run_, *settled));
      }
    }
  }

  void take_notices(PingSocket& socket) {
    while (const auto notice = socket.next_notice()) {
      if (!run_.ledger.knows(notice->number)) {
        continue;
      }
      if (!notice->error.empty()) {
        tell_error(notice->number, notice->error);
      } else if (const auto settled = run_.ledger.add_departure(notice->number, notice->stamps)) {
        print(ping_line(run_, *settled));
      }
    }
  }

  void tell_error(uint64_t number, const std::string& error) {
    ++run_.errors[run_.ledger.host_of(number)][error];
    print(ping_error_line(run_, number, error));
  }

  void print(const std::string& line) const {
    if (prints_) {
      std::cout << line << std::flush;
    }
  }

  PingRun& run_;
  bool prints_;
  Fd stop_;
  std::vector<int> families_;
  std::vector<PingSocket> sockets_;  // by family, as in families_
  std::vector<pollfd> polled_;       // the sockets, and last the signals
};

ExitStatus verdict(const PingRun& run) {
  if (!run.hosts.unknown.empty()) {
    return ExitStatus::not_found;
  }
  for (size_t host = 0; host < run.ledger.hosts(); ++host) {
    if (run.ledger.counts(host).received == 0) {
      return ExitStatus::unreachable;
    }
  }
  return ExitStatus::ok;
}

}  // namespace

ExitStatus ping_hosts(const Context& context) {
  const PingSettings settings = ping_settings(context.options, context.arguments.size());
  PingRun run(settings, resolve_hosts(context.arguments, settings.family));
  for (const UnknownHost& unknown : run.hosts.unknown) {
    std::cerr << "buddyctl: look up " << unknown.name << ": " << unknown.why << "; check the name, and -4 or -6\n";
  }
  if (!run.hosts.found.empty()) {
    // Only now: while a name is looked up, a signal may end us.
    block_stop_signals();
    Pinger(run, !context.json()).work();
  }
  context.print(ping_json(run), (settings.quiet ? "" : "\n") + ping_summary(run));
  return verdict(run);
}

}  // namespace buddyring
