// SPDX-License-Identifier: Apache-2.0
#include "ctl/agent_words.h"

#include "core/delay_histogram.h"
#include "core/duration.h"
#include "ctl/rough.h"

namespace buddyring {
namespace {

std::string within(const buddyring_delay_histogram& delays, double fraction) {
  const auto end = delay_quantile(delays, fraction);
  const bool endless =
      end == delay_bucket_end(BUDDYRING_DELAY_BUCKETS - 2) && delays.bucket[BUDDYRING_DELAY_BUCKETS - 1] != 0;
  return (endless ? "more than " : "within ") + rough(end.value_or(Duration{}));
}

}  // namespace

std::string words_on(const buddyring_delay_histogram& delays) {
  const uint64_t count = delay_count(delays);
  return count == 0 ? "none yet"
                    : "half " + within(delays, 0.5) + ", 99% " + within(delays, 0.99) + ", of " + std::to_string(count);
}

std::string words_on_scheduling(const buddyring_report& report) {
  std::string words;
  const auto add = [&words](const std::string& more) { words += (words.empty() ? "" : ", ") + more; };
  if (report.realtime_priority != 0) {
    add("real-time priority " + std::to_string(report.realtime_priority));
  }
  if (report.deadline_us != 0) {
    add("a deadline every " + format_duration(std::chrono::microseconds{report.deadline_us}));
  }
  if (report.escalations != 0) {
    add("taken " + std::to_string(report.escalations) + " times for late ticks");
  }
  if (report.memory_locked != 0) {
    add("memory locked");
  }
  if (report.pinned_cpu != 0) {
    add("on CPU " + std::to_string(report.pinned_cpu - 1));
  }
  return words;
}

std::string words_on_ring(const PinnedMaps& maps, const AgentFacts& facts) {
  return facts.ring_servers_age ? std::to_string(maps.report.ring_servers) + " servers, as the table said " +
                                      rough(*facts.ring_servers_age) + " ago"
                                : "the table has not said how many servers there are";
}

}  // namespace buddyring
