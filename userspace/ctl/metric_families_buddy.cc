// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "ctl/metric_families.h"

namespace buddyring {
namespace {

using enum MetricType;

// Of the kernel's buckets, those below this one are shown as one: nothing answers within a
// microsecond.
constexpr size_t first_bucket = 9;

// Calls `write` with each buddy and its labels. In a pool of two, both buddies are one server,
// which must not be told of twice.
template <class Write>
void each_buddy(const AgentReading& agent, const MetricLabels& labels, Write write) {
  const std::vector<BuddyFacts>& buddies = agent.facts.buddies;
  for (auto buddy = buddies.begin(); buddy != buddies.end(); ++buddy) {
    if (std::none_of(buddies.begin(), buddy, [&](const BuddyFacts& other) { return other.server == buddy->server; })) {
      write(*buddy, with(labels, "buddy", buddy->server));
    }
  }
}

template <auto fact>
void buddy_number(MetricsText& text, const AgentReading& agent, const MetricLabels& labels) {
  each_buddy(agent, labels, [&](const BuddyFacts& buddy, const MetricLabels& of_buddy) {
    text.sample(of_buddy, static_cast<double>(buddy.*fact));
  });
}

void write_answers(MetricsText& text, const AgentReading& agent, const MetricLabels& labels) {
  each_buddy(agent, labels, [&](const BuddyFacts& buddy, const MetricLabels& of_buddy) {
    for (size_t i = 0; i < buddy.answers.size(); ++i) {
      text.sample(with(of_buddy, "class", answer_class_name(i)), static_cast<double>(buddy.answers[i]));
    }
  });
}

void write_state(MetricsText& text, const AgentReading& agent, const MetricLabels& labels) {
  each_buddy(agent, labels, [&](const BuddyFacts& buddy, const MetricLabels& of_buddy) {
    write_states(text, of_buddy, std::array{"alive", "suspect", "condemned", "contested", "paused"}, buddy.state);
  });
}

void write_live_age(MetricsText& text, const AgentReading& agent, const MetricLabels& labels) {
  each_buddy(agent, labels, [&](const BuddyFacts& buddy, const MetricLabels& of_buddy) {
    if (buddy.last_live_age) {
      text.sample(of_buddy, seconds_of(*buddy.last_live_age));
    }
  });
}

void write_hardware_stamps(MetricsText& text, const AgentReading& agent, const MetricLabels& labels) {
  each_buddy(agent, labels, [&](const BuddyFacts& buddy, const MetricLabels& of_buddy) {
    text.sample(of_buddy, static_cast<double>(agent.maps.peer_state.at(buddy.slot).hardware_stamps));
  });
}

// The count is that of the buckets, not the map's own: both are read while the kernel counts on,
// and a histogram whose parts disagree is none.
void write_rtt(MetricsText& text, const AgentReading& agent, const MetricLabels& labels) {
  each_buddy(agent, labels, [&](const BuddyFacts& buddy, const MetricLabels& of_buddy) {
    uint64_t up_to_here = 0;
    for (size_t bucket = 0; bucket < BUDDYRING_RTT_BUCKETS; ++bucket) {
      up_to_here += agent.maps.rtt_histogram.at(buddy.slot).bucket[bucket];
      const bool last = bucket + 1 == BUDDYRING_RTT_BUCKETS;
      if (bucket >= first_bucket) {
        const std::string bound = last ? "+Inf" : metric_number(seconds_of(uint64_t{2} << bucket));
        text.sample(with(of_buddy, "le", bound), static_cast<double>(up_to_here), "_bucket");
      }
    }
    text.sample(of_buddy, seconds_of(agent.maps.peer_state.at(buddy.slot).rtt_sum_ns), "_sum");
    text.sample(of_buddy, static_cast<double>(up_to_here), "_count");
  });
}

constexpr std::array<MetricFamily, 7> table{{
    {"buddyring_buddy_probes_total", counter, "Probes that left for the buddy.",
     &buddy_number<&BuddyFacts::departures>},
    {"buddyring_buddy_answers_total", counter, "Answers of the buddy, by class.", &write_answers},
    {"buddyring_buddy_rtt_seconds", histogram, "Round trips to the buddy, stamped in the kernel.", &write_rtt},
    {"buddyring_buddy_hardware_stamps_total", counter, "Round trips of which the network card stamped the arrival.",
     &write_hardware_stamps},
    {"buddyring_buddy_state", gauge, "1 for what the judge holds of the buddy.", &write_state},
    {"buddyring_buddy_misses", gauge, "Cycles in a row without a live answer.", &buddy_number<&BuddyFacts::misses>},
    {"buddyring_buddy_last_live_age_seconds", gauge, "Time since the buddy's last live answer.", &write_live_age},
}};

}  // namespace

std::span<const MetricFamily> buddy_families() { return table; }

}  // namespace buddyring
