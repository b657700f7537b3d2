// SPDX-License-Identifier: Apache-2.0
// Report: what many runs showed together: the progress line and the summary.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "tests/sim/crew.h"
#include "tests/sim/options.h"

namespace buddyring::sim {

class Report {
 public:
  explicit Report(uint64_t seeds) : seeds_(seeds), began_(std::chrono::steady_clock::now()) {}

  void add(const RunResult& result);
  // True when nothing failed.
  [[nodiscard]] bool close(const Options& options, const CrewFindings& findings) const;

 private:
  void progress();
  void tell_totals() const;
  void tell_failure(const Options& options, uint64_t seed, bool with_trace) const;
  [[nodiscard]] double elapsed() const;

  uint64_t seeds_;
  std::chrono::steady_clock::time_point began_;
  double told_ = 0;
  uint64_t done_ = 0;
  uint64_t failed_ = 0;
  uint64_t events_ = 0;
  Nanos length_ = 0;
  FaultCounts faults_{};
  DeletionCounts deletions_;
  uint64_t served_ = 0;
  uint64_t refused_ = 0;
  std::vector<uint32_t> took_ms_;
  std::vector<double> shares_;  // of the bound
  uint32_t bound_max_ms_ = 0;
};

}  // namespace buddyring::sim
