// SPDX-License-Identifier: Apache-2.0
#include "tests/compare/hogs.h"

#include <sched.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <system_error>

namespace buddyring::compare {
namespace {

constexpr long hogs_a_core = 2;
constexpr const char* hog_priority = "50";
constexpr int our_priority = 90;

}  // namespace

Hogs::Hogs(lab::NamespaceThread& where, Load load) {
  const long count = load == Load::idle ? 0 : hogs_a_core * ::sysconf(_SC_NPROCESSORS_ONLN);
  for (long number = 0; number < count; ++number) {
    std::vector<std::string> argv{"sh", "-c", "while :; do :; done"};
    if (load == Load::real_time) {
      argv.insert(argv.begin(), {"chrt", "-f", hog_priority});
    }
    processes_.push_back(std::make_unique<lab::Process>(where, lab::Command{.argv = argv}));
  }
}

// All at once, for what collects them has to be let run.
Hogs::~Hogs() {
  for (const auto& process : processes_) {
    ::kill(process->pid(), SIGKILL);
  }
}

BeforeHogs::BeforeHogs() {
  const sched_param priority{.sched_priority = our_priority};
  if (::sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &priority) != 0) {
    throw std::system_error(errno, std::generic_category(), "go before processes of real-time priority");
  }
}

BeforeHogs::~BeforeHogs() {
  const sched_param normal{};
  ::sched_setscheduler(0, SCHED_OTHER, &normal);
}

}  // namespace buddyring::compare
