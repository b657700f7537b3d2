// SPDX-License-Identifier: Apache-2.0
// A ring of three, its exporter, and a Prometheus that scrapes it, all in the lab. The
// lab's hosts share one bpffs, so one exporter tells of three agents.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/lab/http.h"
#include "tests/lab/lab.h"
#include "tests/lab/metrics_page.h"
#include "tests/lab/pool.h"
#include "tests/lab/wait.h"

namespace buddyring::metrics {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr auto patience = std::chrono::seconds{60};
constexpr uint16_t exporter_port = 9465;
constexpr uint16_t prometheus_port = 9090;
constexpr lab::Exit ended_well{.code = 0, .signal = 0};

class Metrics : public testing::Test {
 protected:
  // For all tests of the suite; made while the process has no other thread.
  static void SetUpTestSuite() { shared = std::make_unique<lab::Lab>(); }
  static void TearDownTestSuite() { shared.reset(); }
  inline static std::unique_ptr<lab::Lab> shared;

  void SetUp() override {
    for (const auto& server : all) {
      pool.add(server);
    }
    ASSERT_EQ(pool.settle(all), "");
    ASSERT_TRUE(
        lab::wait_until([&] { return pool["s1"].hears_its_buddies() && pool["s2"].hears_its_buddies(); }, patience));
  }

  lab::Host& host() { return shared->client(); }
  Endpoint at(uint16_t port) { return {.address = Address::parse(host().address()).value(), .port = port}; }

  // An exporter of this pool, that has begun to listen.
  std::unique_ptr<lab::Process> exporter() {
    auto process = std::make_unique<lab::Process>(
        host().inside(), lab::Command{.argv = {shared->program("buddyctl"), "metrics", "--pool=" + pool.name(),
                                               "--listen=" + at(exporter_port).text()},
                                      .log_path = shared->log_path("exporter")});
    if (!process->wait_event([](const lab::Event& event) { return event.name == "listening"; }, patience)) {
      throw std::runtime_error("the exporter does not listen: " + process->err());
    }
    return process;
  }

  std::string page() {
    const auto response = lab::http_get(host(), at(exporter_port), "/metrics");
    return response && response->status == 200 ? response->body : "";
  }

  lab::Completed run(const std::vector<std::string>& words, const std::string& input = "") {
    return run_to_end(host().inside(), {.argv = words, .input = input});
  }

  const std::set<std::string> all{"s1", "s2", "s3"};
  lab::Pool pool{*shared};
};

// A Prometheus that scrapes the exporter, with its data in a folder that goes with it.
class Prometheus {
 public:
  Prometheus(lab::Lab& lab, const Endpoint& exporter, const Endpoint& listen)
      : listen_(listen), host_(lab.client()), process_(host_.inside(), command(lab, exporter, listen)) {}

  // The answer's results; none when there is no answer yet.
  Json query(const std::string& words) {
    const auto response = lab::http_get(host_, listen_, "/api/v1/query?query=" + words);
    const Json answer = response ? Json::parse(response->body, nullptr, false) : Json{};
    return answer.is_object() && answer.value("status", "") == "success" ? answer["data"]["result"] : Json::array();
  }

  [[nodiscard]] std::string said() { return process_.err(); }

 private:
  static lab::Command command(lab::Lab& lab, const Endpoint& exporter, const Endpoint& listen) {
    const fs::path folder = lab.log_path("prometheus-data");
    fs::remove_all(folder);
    fs::create_directories(folder);
    const std::string configuration = folder / "prometheus.yml";
    std::ofstream{configuration} << "global: {scrape_interval: 1s}\n"
                                    "rule_files: ['"
                                 << fs::absolute("docs/prometheus-alerts.yml").string()
                                 << "']\n"
                                    "scrape_configs:\n"
                                    "  - job_name: buddyring\n"
                                    "    static_configs: [{targets: ['"
                                 << exporter.text() << "']}]\n";
    return {.argv = {"/usr/bin/prometheus", "--config.file=" + configuration, "--storage.tsdb.path=" + folder.string(),
                     "--web.listen-address=" + listen.text()},
            .log_path = lab.log_path("prometheus")};
  }

  Endpoint listen_;
  lab::Host& host_;
  lab::Process process_;
};

TEST_F(Metrics, AreScrapedAndFoundUnderEachDocumentedName) {
  const auto process = exporter();
  Prometheus prometheus(*shared, at(exporter_port), at(prometheus_port));
  ASSERT_TRUE(lab::wait_until([&] { return !prometheus.query("buddyring_exporter_agents").empty(); }, patience))
      << prometheus.said();
  EXPECT_EQ(prometheus.query("buddyring_exporter_agents")[0]["value"][1], "3");

  for (const auto& [name, metric] : lab::documented_metrics()) {
    const std::string sample = name + (metric.type == "histogram" ? "_bucket" : "");
    // A long answer would come in chunks.
    const Json found = prometheus.query("count(" + sample + ")by(server)");
    std::set<std::string> servers;
    for (const Json& series : found) {
      servers.insert(series["metric"].value("server", ""));
    }
    const bool of_host = name.starts_with("buddyring_exporter_");
    EXPECT_EQ(servers, of_host ? std::set<std::string>{""} : all) << sample;
  }
}

TEST_F(Metrics, HaveNothingThatPromtoolComplainsOf) {
  const auto process = exporter();
  const auto metrics = run({"/usr/bin/promtool", "check", "metrics"}, page());
  EXPECT_EQ(metrics.exit, ended_well) << metrics.err;
  EXPECT_EQ(metrics.out + metrics.err, "");
  const auto rules = run({"/usr/bin/promtool", "check", "rules", "docs/prometheus-alerts.yml"});
  EXPECT_EQ(rules.exit, ended_well) << rules.out << rules.err;
  const auto alerts = run({"/usr/bin/promtool", "test", "rules", "tests/metrics/alerts.yml"});
  EXPECT_EQ(alerts.exit, ended_well) << alerts.out << alerts.err;
}

TEST_F(Metrics, AreServedWhileTheAgentIsDown) {
  const auto process = exporter();
  pool["s1"].kill();
  const std::string whose = "{pool=\"" + pool.name() + "\",server=\"s1\"} ";
  EXPECT_TRUE(lab::wait_until([&] { return page().find("buddyring_lease_fresh" + whose + "0\n") != std::string::npos; },
                              patience));
  EXPECT_NE(page().find("buddyring_lease_revoked" + whose + "1\n"), std::string::npos);
  pool["s1"].start();
  EXPECT_EQ(pool.settle(all), "");
}

TEST_F(Metrics, AreAtOnePathByOneMethod) {
  const auto process = exporter();
  EXPECT_EQ(lab::http_get(host(), at(exporter_port), "/")->status, 404);
  EXPECT_EQ(lab::http_get(host(), at(exporter_port), "/metrics/")->status, 404);
  const auto found = lab::http_get(host(), at(exporter_port), "/metrics");
  EXPECT_EQ(found->status, 200);
  EXPECT_EQ(found->headers.at("content-type"), "text/plain; version=0.0.4; charset=utf-8");

  const Fd connection = lab::connect_from(host(), at(exporter_port));
  ASSERT_TRUE(lab::send_all(connection, "DELETE /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
  const auto refused = lab::receive_to_close(connection);
  ASSERT_TRUE(refused);
  EXPECT_TRUE(refused->starts_with("HTTP/1.1 405")) << *refused;

  process->signal(SIGTERM);
  EXPECT_EQ(process->wait_exit(patience), ended_well);
}

TEST_F(Metrics, GoToAFileThatIsReplacedWhole) {
  const std::string path = shared->log_path("buddyring.prom");
  std::ofstream{path} << "old\n";
  const auto written = run({shared->program("buddyctl"), "metrics", "--pool=" + pool.name(), "--textfile=" + path});
  EXPECT_EQ(written.exit, ended_well) << written.err;
  const auto metrics =
      run({"/usr/bin/promtool", "check", "metrics"}, (std::ostringstream{} << std::ifstream{path}.rdbuf()).str());
  EXPECT_EQ(metrics.exit, ended_well) << metrics.err;
  EXPECT_EQ(fs::status(path).permissions(), fs::perms{0644});
  const auto refused = run({shared->program("buddyctl"), "metrics", "--textfile=/proc/x.prom"});
  EXPECT_EQ(refused.exit, (lab::Exit{.code = 1, .signal = 0}));
  EXPECT_NE(refused.err.find("/proc/x.prom"), std::string::npos) << refused.err;
}

}  // namespace
}  // namespace buddyring::metrics
