// SPDX-License-Identifier: Apache-2.0
// A registry of two databases, each the other's replica: the first goes, the second serves,
// the first comes back and catches up, and everybody returns to it.
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "shared_lab.h"
#include "tests/lab/http.h"
#include "tests/lab/router.h"
#include "tests/lab/wait.h"

namespace buddyring::e2e {
namespace {

using Json = nlohmann::json;

constexpr uint16_t first_port = 3311;
constexpr uint16_t second_port = 3312;
constexpr auto patience = std::chrono::seconds{120};

class RegistryEndpoint : public testing::Test {
 protected:
  RegistryEndpoint() : first_(make("first", first_port)), second_(make("second", second_port)) {
    lab::Lab& lab = SharedLab::get();
    first_->execute("CREATE USER 'replica'@'%' IDENTIFIED BY 'throwaway'");
    first_->execute("GRANT REPLICATION SLAVE ON *.* TO 'replica'@'%'");
    follow(*second_, first_port);
    follow(*first_, second_port);
    lab.install_table(*first_);
    settings_.registry = lab::Lab::registry_url_of(*first_).text();
    const std::string port = ":" + std::to_string(first_port);
    settings_.registry.insert(settings_.registry.find(port) + port.size(),
                              "," + second_->bind_address() + ":" + std::to_string(second_port));
  }

  // `arguments` besides those that it always has.
  void start_first_with(const std::string& argument) {
    SharedLab::get().registry().run([&] {
      std::vector<std::string> arguments = arguments_of(first_port);
      arguments.push_back(argument);
      first_->restart_with(arguments);
    });
  }
  // Both have the pool as it is.
  [[nodiscard]] bool equal(const std::string& pool) const {
    const auto version = [&](lab::MariaDb& database) {
      try {
        return database.execute("SELECT version FROM pool WHERE name = '" + pool + "'", "buddyring");
      } catch (const std::runtime_error&) {
        return lab::MariaDb::Rows{};  // not replicated yet
      }
    };
    const auto rows = version(*first_);
    return !rows.empty() && rows == version(*second_);
  }
  // Of the two endpoints, as the router says it.
  static std::pair<std::string, std::string> states(const lab::Router& router) {
    const auto health = lab::http_get(SharedLab::get().client(), router.endpoint(), "/.buddyring/healthz");
    if (!health) {
      return {};
    }
    const Json endpoints = Json::parse(health->body).at("registry").at("endpoints");
    EXPECT_EQ(endpoints.size(), 2U);
    EXPECT_EQ(endpoints.at(0).at("where"), "10.77.255.1:" + std::to_string(first_port));
    return {endpoints.at(0).at("state"), endpoints.at(1).at("state")};
  }
  static std::pair<unsigned, unsigned> states(const lab::Agent& agent) {
    const buddyring_report report = agent.report();
    return {report.endpoint[0].state, report.endpoint[1].state};
  }

  std::unique_ptr<lab::MariaDb> first_;
  std::unique_ptr<lab::MariaDb> second_;
  lab::AgentSettings settings_;

 private:
  static std::vector<std::string> arguments_of(uint16_t port) {
    return {"--log-bin=binlog", "--binlog-format=MIXED", "--server-id=" + std::to_string(port)};
  }
  static std::unique_ptr<lab::MariaDb> make(const std::string& name, uint16_t port) {
    lab::Lab& lab = SharedLab::get();
    return lab.registry().run([&] {
      return std::make_unique<lab::MariaDb>(lab::MariaDbSettings{.folder = lab.directory() + "/" + name,
                                                                 .bind_address = lab.registry().address(),
                                                                 .port = port,
                                                                 .arguments = arguments_of(port)});
    });
  }
  static void follow(lab::MariaDb& replica, uint16_t port) {
    replica.execute("CHANGE MASTER TO MASTER_HOST = '" + replica.bind_address() +
                    "', MASTER_PORT = " + std::to_string(port) +
                    ", MASTER_USER = 'replica', MASTER_PASSWORD = 'throwaway', MASTER_CONNECT_RETRY = 1");
    replica.execute("START SLAVE");
  }
};

TEST_F(RegistryEndpoint, EverybodyGoesToTheSecondAndReturnsToTheFirst) {
  lab::Pool pool(SharedLab::get(), settings_);
  std::set<std::string> all{"s1", "s2", "s3"};
  for (const std::string& name : all) {
    pool.add(name);
  }
  ASSERT_EQ(pool.settle(all, patience), "");
  lab::Router router(SharedLab::get(), pool.name(), {"--registry=" + settings_.registry});
  EXPECT_EQ(states(router).first, "reached");
  EXPECT_EQ(states(pool["s1"]).first, unsigned{BUDDYRING_ENDPOINT_REACHED});
  ASSERT_TRUE(lab::wait_until([&] { return equal(pool.name()); }, patience)) << "it is replicated";

  first_->stop();
  EXPECT_TRUE(lab::wait_until(
      [&] {
        return states(router) == std::pair<std::string, std::string>{"failed", "reached"};
      },
      patience));
  const Instant since = pool["s2"].host().cut().before;
  EXPECT_TRUE(router.wait_gone("s2", since));
  all.erase("s2");
  ASSERT_EQ(pool.settle(all, patience), "");
  const auto at_second = [&](const std::string& name) {
    return states(pool[name]) == std::pair<unsigned, unsigned>{BUDDYRING_ENDPOINT_FAILED, BUDDYRING_ENDPOINT_REACHED};
  };
  EXPECT_TRUE(lab::wait_until([&] { return std::ranges::any_of(all, at_second); }, patience));

  // Read-only until it has caught up, so that nobody reads of the past.
  start_first_with("--read-only");
  ASSERT_TRUE(lab::wait_until([&] { return equal(pool.name()); }, patience));
  EXPECT_EQ(states(router).second, "reached");
  first_->execute("SET GLOBAL read_only = OFF");
  EXPECT_TRUE(lab::wait_until(
      [&] {
        return states(router) == std::pair<std::string, std::string>{"reached", "standby"};
      },
      patience));
  EXPECT_TRUE(lab::wait_until([&] { return std::ranges::none_of(all, at_second); }, patience));

  pool["s2"].host().mend();
  all.insert("s2");
  EXPECT_EQ(pool.settle(all, patience), "");
  EXPECT_TRUE(lab::wait_until([&] { return equal(pool.name()); }, patience));
  EXPECT_TRUE(router.process().running());
}

}  // namespace
}  // namespace buddyring::e2e
