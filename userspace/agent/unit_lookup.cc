// SPDX-License-Identifier: Apache-2.0
#include "agent/unit_lookup.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "posix/startup_error.h"

namespace buddyring {
namespace {

constexpr size_t answer_bytes_max = 64;  // which fits into a pipe that nobody reads yet

// `answer`: set to where its output can be read.
ChildProcess ask_systemd(const std::string& unit, const std::optional<CpuSet>& cpus, Fd& answer) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) {
    throw StartupError("cannot look up unit " + unit + ": " + std::strerror(errno));
  }
  answer = Fd(ends[0]);
  const Fd writer(ends[1]);
  auto child =
      ChildProcess::start({"systemctl", "show", "--property=MainPID", "--value", "--", unit}, writer.get(), -1, cpus);
  if (!child) {
    throw StartupError("cannot look up unit " + unit + ": " + child.error().message +
                       "; --watch-unit needs systemd, --watch-pid does not");
  }
  return std::move(child.value());
}

}  // namespace

UnitLookup::UnitLookup(const std::string& unit, const std::optional<CpuSet>& cpus)
    : systemctl_(ask_systemd(unit, cpus, answer_)) {}

pid_t UnitLookup::take() {
  static_cast<void>(systemctl_.collect());
  std::array<char, answer_bytes_max> text{};
  const ssize_t size = ::read(answer_.get(), text.data(), text.size());
  pid_t pid = 0;
  std::from_chars(text.data(), text.data() + (size > 0 ? size : 0), pid);
  return pid > 0 ? pid : 0;
}

}  // namespace buddyring
