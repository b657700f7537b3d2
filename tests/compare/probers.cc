// SPDX-License-Identifier: Apache-2.0
#include "tests/compare/probers.h"

#include "kernel/pinned_maps.h"

namespace buddyring::compare {
namespace {

constexpr unsigned neighbours = 2;

}  // namespace

Probers::Probers(lab::Lab& lab, unsigned interval_ms)
    : interval_ms_(interval_ms),
      ring_(lab, neighbours + 1, {.interval = std::to_string(interval_ms) + "ms"}),
      birds_(lab, neighbours, std::to_string(interval_ms) + " ms"),
      pinging_(lab.new_host("fping")) {
  lab::Command command{.argv = {"fping", "-q", "-l", "-i", "0", "-p", std::to_string(interval_ms)}};
  for (unsigned number = 0; number < neighbours; ++number) {
    pinged_.push_back(lab.new_host("to"));
    command.argv.push_back(pinged_.back()->address());
  }
  fping_ = std::make_unique<lab::Process>(pinging_->inside(), command);
}

double Probers::agent_ticks() { return static_cast<double>(agent().report().ticks); }

double Probers::agent_probes() { return static_cast<double>(agent().departures()); }

}  // namespace buddyring::compare
