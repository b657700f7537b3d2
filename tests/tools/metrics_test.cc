// SPDX-License-Identifier: Apache-2.0
// The text that Prometheus is given: what it says, and that docs/ says the same.
#include "ctl/metrics.h"

#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <regex>
#include <sstream>

#include "ctl/metrics_text.h"
#include "tests/lab/metrics_page.h"

namespace buddyring {
namespace {

void put(char (&field)[BUDDYRING_NAME_BYTES], const std::string& name) { name.copy(field, sizeof field - 1); }

// An agent with two buddies, one of which has answered three times.
AgentReading reading_of(const std::string& pool, const std::string& server) {
  AgentReading agent;
  put(agent.maps.report.pool, pool);
  put(agent.maps.report.server, server);
  put(agent.maps.peer[4].server, "left");
  put(agent.maps.peer[7].server, "right");
  agent.maps.report.buddy[0] = {.in_use = 1, .slot = 4, .state = BUDDYRING_BUDDY_ALIVE, .misses = 0};
  agent.maps.report.buddy[1] = {.in_use = 1, .slot = 7, .state = BUDDYRING_BUDDY_SUSPECT, .misses = 2};
  agent.maps.report.link[0] = {
      .ifindex = 2, .attachment = BUDDYRING_ATTACHED_NATIVE, .clsact_created = 1, .carrier = 1, .interface = "eth0"};
  agent.maps.report.endpoints = 1;
  agent.maps.report.endpoint[0] = {.state = BUDDYRING_ENDPOINT_REACHED, .failures = 2, .where = "db.example:3306"};
  agent.maps.report.stall_max_ns = 1'500'000;
  agent.maps.report.ring_servers = 5;
  agent.maps.report.ring_servers_ns = 1'500'000'001;
  agent.maps.report.tick_delay.bucket[0] = 7;
  agent.maps.report.tick_delay.bucket[2] = 1;
  agent.maps.report.tick_delay.sum_ns = 150'000;
  agent.maps.peer_state[4].departures = 5;
  agent.maps.peer_state[4].rtt_count = 3;
  agent.maps.peer_state[4].rtt_sum_ns = 21'500;
  agent.maps.peer_state[4].sighting[BUDDYRING_LIVE].count = 3;
  agent.maps.peer_state[4].sighting[BUDDYRING_LIVE].arrived_ns = 1;
  agent.maps.rtt_histogram[4].bucket[3] = 1;
  agent.maps.rtt_histogram[4].bucket[13] = 1;
  agent.maps.rtt_histogram[4].bucket[BUDDYRING_RTT_BUCKETS - 1] = 1;
  agent.maps.verdicts[BUDDYRING_DEPARTED] = 5;
  agent.facts = agent_facts(agent.maps, instant_from_ns(2'000'000'001));
  return agent;
}

MetricsReading reading_of_one() {
  MetricsReading reading;
  reading.agents.push_back(reading_of("web", "one"));
  return reading;
}

bool has_line(const std::string& page, const std::string& line) {
  return ("\n" + page).find("\n" + line + "\n") != std::string::npos;
}

std::string text_of(const char* path) {
  std::ostringstream text;
  text << std::ifstream{path}.rdbuf();
  return text.str();
}

TEST(Metrics, AreThoseThatAreDocumented) {
  const lab::DescribedMetrics documented = lab::documented_metrics();
  const lab::DescribedMetrics served = lab::described_metrics(metrics_text(reading_of_one()));
  for (const auto& [name, metric] : served) {
    ASSERT_TRUE(documented.contains(name)) << name << " is served, but not in docs/metrics.md";
    EXPECT_EQ(metric.type, documented.at(name).type) << name;
    EXPECT_EQ(metric.help, documented.at(name).help) << name;
    EXPECT_EQ(metric.labels, documented.at(name).labels) << name;
  }
  for (const auto& [name, metric] : documented) {
    EXPECT_TRUE(served.contains(name)) << name << " is in docs/metrics.md, but not served";
  }
}

TEST(Metrics, TheBoardAndTheAlertsAskForWhatThereIs) {
  const lab::DescribedMetrics documented = lab::documented_metrics();
  for (const char* path : {"docs/grafana-board.json", "docs/prometheus-alerts.yml"}) {
    const std::string text = text_of(path);
    ASSERT_FALSE(text.empty()) << path;
    const std::regex name{R"(buddyring_\w+)"};
    size_t found = 0;
    for (std::sregex_iterator each(text.begin(), text.end(), name), end; each != end; ++each, ++found) {
      const std::string family = std::regex_replace(each->str(), std::regex{"_(bucket|sum|count)$"}, "");
      EXPECT_TRUE(documented.contains(family)) << path << " asks for " << each->str();
    }
    EXPECT_GT(found, 0U) << path;
  }
}

TEST(Metrics, TellOfAnAgentInBaseUnits) {
  const std::string page = metrics_text(reading_of_one());
  const std::string whose = R"({pool="web",server="one")";
  for (const std::string& line :
       {"buddyring_agent_stall_max_seconds" + whose + "} 0.0015", std::string{"buddyring_exporter_agents 1"},
        "buddyring_ring_servers" + whose + "} 5", "buddyring_ring_servers_age_seconds" + whose + "} 0.5",
        "buddyring_packets_total" + whose + R"(,outcome="departed"} 5)",
        "buddyring_buddy_probes_total" + whose + R"(,buddy="left"} 5)",
        "buddyring_buddy_answers_total" + whose + R"(,buddy="left",class="live"} 3)",
        "buddyring_buddy_last_live_age_seconds" + whose + R"(,buddy="left"} 2)",
        "buddyring_buddy_state" + whose + R"(,buddy="right",state="suspect"} 1)",
        "buddyring_buddy_state" + whose + R"(,buddy="right",state="alive"} 0)",
        "buddyring_link_carrier" + whose + R"(,interface="eth0",attachment="native"} 1)"}) {
    EXPECT_TRUE(has_line(page, line)) << line << "\n" << page;
  }
  EXPECT_EQ(page.find("last_live_age_seconds" + whose + R"(,buddy="right")"), std::string::npos) << "it never answered";
}

TEST(Metrics, HistogramCountsUpToItsTotal) {
  const std::string page = metrics_text(reading_of_one());
  const std::string whose = R"({pool="web",server="one",buddy="left")";
  for (const auto& [bound, count] :
       {std::pair{"1.024e-06", 1}, {"8.192e-06", 1}, {"1.6384e-05", 2}, {"2.147483648", 2}, {"+Inf", 3}}) {
    const std::string line =
        "buddyring_buddy_rtt_seconds_bucket" + whose + ",le=\"" + bound + "\"} " + std::to_string(count);
    EXPECT_TRUE(has_line(page, line)) << line << "\n" << page;
  }
  EXPECT_TRUE(has_line(page, "buddyring_buddy_rtt_seconds_sum" + whose + "} 2.15e-05"));
  EXPECT_TRUE(has_line(page, "buddyring_buddy_rtt_seconds_count" + whose + "} 3"));
}

TEST(Metrics, DelaysOfTicksAreAHistogram) {
  const std::string page = metrics_text(reading_of_one());
  const std::string whose = R"({pool="web",server="one")";
  for (const auto& [bound, count] : {std::pair{"1.6384e-05", 7}, {"3.2768e-05", 7}, {"6.5536e-05", 8}, {"+Inf", 8}}) {
    const std::string line =
        "buddyring_tick_delay_seconds_bucket" + whose + ",le=\"" + bound + "\"} " + std::to_string(count);
    EXPECT_TRUE(has_line(page, line)) << line << "\n" << page;
  }
  EXPECT_TRUE(has_line(page, "buddyring_tick_delay_seconds_sum" + whose + "} 0.00015"));
  EXPECT_TRUE(has_line(page, "buddyring_tick_delay_seconds_count" + whose + "} 8"));
}

TEST(Metrics, TheSizeOfTheRingIsAbsentUntilTheTableSaysIt) {
  MetricsReading reading = reading_of_one();
  reading.agents[0].maps.report.ring_servers = 0;
  reading.agents[0].facts = agent_facts(reading.agents[0].maps, Instant{});
  EXPECT_EQ(metrics_text(reading).find("\nbuddyring_ring_servers"), std::string::npos);
}

TEST(Metrics, BothBuddiesOfAPoolOfTwoAreToldOfOnce) {
  MetricsReading reading = reading_of_one();
  reading.agents[0].maps.report.buddy[1] = reading.agents[0].maps.report.buddy[0];
  reading.agents[0].facts = agent_facts(reading.agents[0].maps, Instant{});
  const std::string page = metrics_text(reading);
  const size_t first = page.find("\nbuddyring_buddy_probes_total{");
  ASSERT_NE(first, std::string::npos);
  EXPECT_EQ(page.find("\nbuddyring_buddy_probes_total{", first + 1), std::string::npos) << page;
}

TEST(Metrics, AgentsAreToldApartWithinEachFamily) {
  MetricsReading reading = reading_of_one();
  reading.agents.push_back(reading_of("db", "one"));
  const std::string page = metrics_text(reading);
  EXPECT_NE(page.find("buddyring_member{pool=\"web\",server=\"one\"} 0\n"
                      "buddyring_member{pool=\"db\",server=\"one\"} 0\n"),
            std::string::npos)
      << page;
}

TEST(MetricsText, EscapesWhatWouldEndALabel) {
  MetricsText text;
  text.family("x", MetricType::gauge, "Help.");
  text.sample({{"name", "a\"b\\c\nd"}}, 1);
  EXPECT_EQ(text.take(), "# HELP x Help.\n# TYPE x gauge\nx{name=\"a\\\"b\\\\c\\nd\"} 1\n");
}

TEST(MetricsText, WritesWholeNumbersInFull) {
  EXPECT_EQ(metric_number(100'000'000'000), "100000000000");
  EXPECT_EQ(metric_number(-3), "-3");
  EXPECT_EQ(metric_number(0.1), "0.1");
}

}  // namespace
}  // namespace buddyring
