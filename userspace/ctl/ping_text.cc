// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cstdio>

#include "ctl/ping_forms.h"
#include "ctl/ping_packet.h"

namespace buddyring {
namespace {

constexpr double ns_per_ms = 1e6;
constexpr size_t bar_columns = 40;

std::string milliseconds_text(double ns) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.3f", ns / ns_per_ms);
  return text.data();
}
std::string milliseconds_text(uint64_t ns) { return milliseconds_text(static_cast<double>(ns)); }

std::string percent_text(double percent) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "%.0f%%", percent);
  return text.data();
}

// The name in a column as wide as the longest.
std::string name_column(const PingRun& run, size_t host) {
  size_t width = 0;
  for (const PingHost& one : run.hosts.found) {
    width = std::max(width, one.name.size());
  }
  std::string name = run.hosts.found[host].name;
  name.resize(width, ' ');
  return name + " : ";
}

std::string so_far_text(const PingCounts& counts) {
  const std::string mean = counts.received == 0 ? "NaN" : milliseconds_text(counts.rtt_sum_ns / counts.received);
  return "(" + mean + " avg, " + percent_text(counts.loss_percent()) + " loss)";
}

std::string histogram_lines(const buddyring_rtt_histogram& histogram) {
  const uint64_t most = *std::max_element(std::begin(histogram.bucket), std::end(histogram.bucket));
  std::string lines;
  for (size_t bucket = 0; bucket < std::size(histogram.bucket); ++bucket) {
    const uint64_t count = histogram.bucket[bucket];
    if (count == 0) {
      continue;
    }
    const size_t columns = std::max<size_t>(1, bar_columns * count / most);
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "  %10s - %10s ms %8llu ", milliseconds_text(uint64_t{1} << bucket).c_str(),
                  milliseconds_text(uint64_t{2} << bucket).c_str(), static_cast<unsigned long long>(count));
    lines += text.data() + std::string(columns, '#') + "\n";
  }
  return lines;
}

// What was no answer, by reason; empty when there was nothing of the kind.
std::string reasons_text(const PingRun& run, size_t host) {
  const PingCounts& counts = run.ledger.counts(host);
  std::string text;
  const auto add = [&](const std::string& what, uint64_t count) {
    if (count != 0) {
      text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + what;
    }
  };
  add("late", counts.late);
  add("duplicate", counts.duplicates);
  add("damaged", counts.damaged);
  add("from elsewhere", counts.foreign);
  add("over a step of the clock", counts.clock_steps);
  for (const auto& [error, count] : run.errors[host]) {
    add("x " + error, count);
  }
  return text;
}

}  // namespace

std::string ping_line(const PingRun& run, uint64_t number) {
  const size_t host = run.ledger.host_of(number);
  const PingRequest& request = run.ledger.request(number);
  std::string line = name_column(run, host) + "[" + std::to_string(run.ledger.round_of(number)) + "], ";
  if (request.state != PingRequest::State::answered) {
    return line + "timed out " + so_far_text(run.ledger.counts(host)) + "\n";
  }
  line += std::to_string(run.settings.data_bytes + PingPacket::header_bytes) + " bytes, ";
  line += milliseconds_text(request.trip.ns) + " ms " + so_far_text(run.ledger.counts(host));
  return line + " [" + describe(request.trip.departure) + ", " + describe(request.trip.arrival) + "]\n";
}

std::string ping_error_line(const PingRun& run, uint64_t number, const std::string& error) {
  return name_column(run, run.ledger.host_of(number)) + "[" + std::to_string(run.ledger.round_of(number)) + "], " +
         error + "\n";
}

std::string ping_summary(const PingRun& run) {
  std::string text;
  for (size_t host = 0; host < run.ledger.hosts(); ++host) {
    const PingCounts& counts = run.ledger.counts(host);
    text += name_column(run, host) + "xmt/rcv/%loss = " + std::to_string(counts.sent) + "/" +
            std::to_string(counts.received) + "/" + percent_text(counts.loss_percent());
    const auto figures = run.ledger.figures(host);
    if (figures) {
      text += ", min/avg/max = " + milliseconds_text(figures->min_ns) + "/" + milliseconds_text(figures->mean_ns) +
              "/" + milliseconds_text(figures->max_ns) + ", p50/p99 = " + milliseconds_text(figures->p50_ns) + "/" +
              milliseconds_text(figures->p99_ns);
    }
    const std::string reasons = reasons_text(run, host);
    text += (reasons.empty() ? "" : "; " + reasons) + "\n";
    if (figures && !run.settings.quiet) {
      text += histogram_lines(run.ledger.histogram(host));
    }
  }
  return text;
}

}  // namespace buddyring
