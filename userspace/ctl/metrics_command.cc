// SPDX-License-Identifier: Apache-2.0
// `buddyctl metrics`: once to standard output or a file, or over HTTP until it is stopped.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <iostream>

#include "ctl/command.h"
#include "ctl/metrics.h"
#include "ctl/metrics_server.h"
#include "kernel/pins.h"
#include "posix/clock.h"
#include "posix/fd.h"
#include "posix/stop_signals.h"

namespace buddyring {
namespace {

constexpr mode_t world_readable = 0644;  // node_exporter is another user

[[noreturn]] void fail_to_write(const std::string& path) {
  throw Failure(ExitStatus::failure, "write " + path + ": " + std::strerror(errno) +
                                         "; give a file in a folder that this user may write to");
}

void write_all(const Fd& file, const std::string& text, const std::string& path) {
  for (size_t written = 0; written < text.size();) {
    const ssize_t count = ::write(file.get(), text.data() + written, text.size() - written);
    if (count < 0 && errno != EINTR) {
      fail_to_write(path);
    }
    written += count < 0 ? 0 : static_cast<size_t>(count);
  }
}

// The collector of text files takes what ends in .prom, at any time: it must never find half
// a file, nor the one that is being written.
void replace_file(const std::string& path, const std::string& text) {
  const std::string beside = path + "." + std::to_string(::getpid());
  const Fd file{::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, world_readable)};
  if (!file.valid()) {
    fail_to_write(beside);
  }
  try {
    write_all(file, text, beside);
    if (::fchmod(file.get(), world_readable) != 0 || ::rename(beside.c_str(), path.c_str()) != 0) {
      fail_to_write(path);
    }
  } catch (const Failure&) {
    ::unlink(beside.c_str());
    throw;
  }
}

Endpoint listen_endpoint(const Options& options) {
  const std::string text = options.required("listen");
  const auto endpoint = parse_endpoint(text);
  if (!endpoint) {
    throw UsageError("--listen '" + text +
                     "' is not acceptable; give an address and a port, such as 127.0.0.1:9465 or [::]:9465");
  }
  return *endpoint;
}

void serve(const Endpoint& listen, const MetricsServer::Options& options) {
  block_stop_signals();
  const MetricsServer server{listen, options};
  const Log log{LogLevel::info};
  log.info("listening", {{"address", server.endpoint().address.text()}, {"port", server.endpoint().port}},
           monotonic_now());
  static_cast<void>(wait_for_stop_signal());
}

}  // namespace

ExitStatus show_metrics(const Context& context) {
  const Options& options = context.options;
  if (context.json()) {
    throw UsageError("metrics have one form, Prometheus' own; leave out --json, or use buddyctl status --json");
  }
  if (options.given("listen") && options.given("textfile")) {
    throw UsageError("--listen and --textfile exclude each other; run buddyctl metrics once for each");
  }
  const MetricsServer::Options what{.pin_root = options.text("pin-root", pins::default_root),
                                    .pool = optional_name(options, "pool"),
                                    .server = optional_name(options, "server")};
  // Also before it serves: what cannot be read at all is found out at the start.
  const std::string text = metrics_text(value_or_fail(read_metrics(what.pin_root, what.pool, what.server)));
  if (options.given("listen")) {
    serve(listen_endpoint(options), what);
  } else if (options.given("textfile")) {
    replace_file(options.required("textfile"), text);
  } else {
    std::cout << text;
  }
  return ExitStatus::ok;
}

}  // namespace buddyring
