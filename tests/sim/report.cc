// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/report.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace buddyring::sim {
namespace {

constexpr size_t failures_told = 3;
constexpr size_t trace_lines_told = 60;

template <class T>
T percentile(std::vector<T> values, double share) {
  if (values.empty()) {
    return T{};
  }
  const auto index = static_cast<size_t>(share * static_cast<double>(values.size() - 1));
  std::ranges::nth_element(values, values.begin() + static_cast<std::ptrdiff_t>(index));
  return values[index];
}

}  // namespace

double Report::elapsed() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
}

void Report::add(const RunResult& result) {
  ++done_;
  failed_ += result.failed ? 1 : 0;
  events_ += result.events;
  length_ += result.length;
  for (size_t kind = 0; kind < fault_kinds; ++kind) {
    faults_[kind] += result.faults[kind];
  }
  deletions_.dead += result.deletions.dead;
  deletions_.hung += result.deletions.hung;
  deletions_.unreachable += result.deletions.unreachable;
  deletions_.left += result.deletions.left;
  served_ += result.served;
  refused_ += result.refused;
  for (uint32_t i = 0; i < result.quiets; ++i) {
    took_ms_.push_back(result.took_ms[i]);
    shares_.push_back(static_cast<double>(result.took_ms[i]) / result.bound_ms[i]);
    bound_max_ms_ = std::max(bound_max_ms_, result.bound_ms[i]);
  }
  progress();
}

void Report::progress() {
  const bool terminal = isatty(STDERR_FILENO) == 1;
  const double now = elapsed();
  if (now - told_ < (terminal ? 0.2 : 15.0) && done_ != seeds_) {
    return;
  }
  told_ = now;
  std::fprintf(stderr, "%s%6.1f s  %llu of %llu seeds, %.1f virtual hours, %llu failed%s", terminal ? "\r" : "", now,
               static_cast<unsigned long long>(done_), static_cast<unsigned long long>(seeds_),
               static_cast<double>(length_) / 3600e9, static_cast<unsigned long long>(failed_), terminal ? "  " : "\n");
  if (terminal && done_ == seeds_) {
    std::fputc('\n', stderr);
  }
}

void Report::tell_totals() const {
  std::printf("seeds        %llu, %.2f virtual hours, %.0f million events, %.1f s\n",
              static_cast<unsigned long long>(done_), static_cast<double>(length_) / 3600e9,
              static_cast<double>(events_) / 1e6, elapsed());
  std::printf("faults      ");
  size_t column = 0;
  for (size_t kind = 0; kind < fault_kinds; ++kind) {
    const std::string one = std::string(name_of(static_cast<FaultKind>(kind))) + " " + std::to_string(faults_[kind]);
    column += one.size() + 2;
    if (column > 90) {
      std::printf("\n            ");
      column = one.size() + 2;
    }
    std::printf(" %s%s", one.c_str(), kind + 1 < fault_kinds ? "," : "\n");
  }
  std::printf(
      "deletions    right: %llu of dead hosts, %llu of hung or restarted servers, %llu by their own wish; "
      "of live servers that nobody who watches them could reach: %llu; wrong: %llu\n",
      static_cast<unsigned long long>(deletions_.dead), static_cast<unsigned long long>(deletions_.hung),
      static_cast<unsigned long long>(deletions_.left), static_cast<unsigned long long>(deletions_.unreachable),
      static_cast<unsigned long long>(failed_));
  std::printf("clients      %llu sent to a server, %llu refused for want of a fresh copy\n",
              static_cast<unsigned long long>(served_), static_cast<unsigned long long>(refused_));
  std::printf(
      "convergence  %zu times, ms: p50 %u, p90 %u, p99 %u, most %u; bounds up to %u ms; "
      "share of the bound: p50 %.3f, p99 %.3f, most %.3f\n",
      took_ms_.size(), percentile(took_ms_, 0.5), percentile(took_ms_, 0.9), percentile(took_ms_, 0.99),
      percentile(took_ms_, 1), bound_max_ms_, percentile(shares_, 0.5), percentile(shares_, 0.99),
      percentile(shares_, 1));
}

void Report::tell_failure(const Options& options, uint64_t seed, bool with_trace) const {
  RunOptions run = options.run;
  run.wishes.seed = seed;
  const RunReport report = run_seed(run, Trace::Lines::kept);
  std::printf("\nseed %llu FAILED: %s\n  replay: build/tests/sim --seed=%llu%s --trace=yes\n",
              static_cast<unsigned long long>(seed), report.failure.c_str(), static_cast<unsigned long long>(seed),
              options.repeated.c_str());
  const size_t lines = with_trace ? std::min(report.trace.size(), trace_lines_told) : 0;
  for (size_t i = report.trace.size() - lines; i < report.trace.size(); ++i) {
    std::printf("  %s\n", report.trace[i].c_str());
  }
}

bool Report::close(const Options& options, const CrewFindings& findings) const {
  size_t told = 0;
  for (const RunResult& failure : findings.failures) {
    if (told < failures_told) {
      tell_failure(options, failure.seed, told == 0);
    } else {
      std::printf("seed %llu FAILED: %s\n", static_cast<unsigned long long>(failure.seed), failure.check.data());
    }
    ++told;
  }
  for (const uint64_t seed : findings.crashed) {
    std::printf("seed %llu ENDED ITS PROCESS\n  replay: build/tests/sim --seed=%llu%s --trace=yes\n",
                static_cast<unsigned long long>(seed), static_cast<unsigned long long>(seed), options.repeated.c_str());
  }
  for (const uint64_t seed : findings.other_hashes) {
    std::printf("seed %llu WENT ANOTHER WAY the second time\n", static_cast<unsigned long long>(seed));
  }
  std::puts("");
  tell_totals();
  const bool same = findings.other_hashes.empty();
  std::printf("trace hash   %s\n", !options.twice ? "not checked"
                                   : same         ? "each seed twice, the same each time"
                                                  : "NOT the same each time");
  const size_t bad = findings.failures.size() + findings.crashed.size() + findings.other_hashes.size();
  std::printf("%llu seeds, %zu violations\n", static_cast<unsigned long long>(done_), bad);
  return bad == 0;
}

}  // namespace buddyring::sim
