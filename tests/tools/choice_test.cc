// SPDX-License-Identifier: Apache-2.0
#include "router/choice.h"

#include <gtest/gtest.h>

#include <map>

namespace buddyring {
namespace {

// The weights that they have, one after the other; those that are left have the usual one.
std::vector<ServerRow> weighted(std::vector<ServerRow> rows, const std::vector<unsigned>& weights) {
  for (size_t index = 0; index < weights.size(); ++index) {
    rows[index].weight = weights[index];
  }
  return rows;
}

std::vector<ServerRow> servers(const std::vector<std::string>& names) {
  std::vector<ServerRow> rows;
  for (const std::string& name : names) {
    rows.push_back({.server = {.name = name, .address = {}, .replace_port = 0, .incarnation = 1},
                    .epoch = 1,
                    .buddy_a = "",
                    .buddy_b = ""});
  }
  return rows;
}

Address client(int number) {
  return Address::parse("10.9." + std::to_string(number / 250) + "." + std::to_string(1 + number % 250)).value();
}

constexpr int clients = 4000;

TEST(Choice, FindsAServerByItsNameOnly) {
  const auto pool = servers({"A", "a", "a1", "b"});
  EXPECT_EQ(server_named(pool, "a")->name, "a");
  EXPECT_EQ(server_named(pool, "A")->name, "A");
  EXPECT_EQ(server_named(pool, "b")->name, "b");
  for (const char* name : {"", "0", "a0", "a2", "c"}) {
    EXPECT_EQ(server_named(pool, name), nullptr) << name;
  }
  EXPECT_EQ(server_named({}, "a"), nullptr);
}

TEST(Choice, SharesAddressesOutEvenly) {
  const auto pool = servers({"s1", "s2", "s3", "s4"});
  std::map<std::string, int> chosen;
  for (int number = 0; number < clients; ++number) {
    ++chosen[server_for(pool, client(number)).name];
  }
  for (const ServerRow& row : pool) {
    EXPECT_NEAR(chosen[row.server.name], clients / 4.0, clients / 40.0) << row.server.name;
  }
}

TEST(Choice, SharesAddressesOutByWeight) {
  const auto pool = weighted(servers({"s1", "s2", "s3"}), {100, 50, 10});
  std::map<std::string, int> chosen;
  for (int number = 0; number < clients; ++number) {
    ++chosen[server_for(pool, client(number)).name];
  }
  for (const ServerRow& row : pool) {
    EXPECT_NEAR(chosen[row.server.name], clients * row.weight / 160.0, clients / 40.0) << row.server.name;
  }
}

TEST(Choice, MovesOnlyWhomAChangedWeightWinsOrLoses) {
  const auto before = servers({"s1", "s2", "s3"});
  const auto after = weighted(before, {100, 40, 100});
  for (int number = 0; number < clients; ++number) {
    const std::string had = server_for(before, client(number)).name;
    const std::string has = server_for(after, client(number)).name;
    EXPECT_TRUE(has == had || had == "s2") << had << " " << has;
  }
}

// Exactly: every lot is somebody's, and each has as many as its weight.
TEST(Choice, AServerHasAsManyLotsAsItsWeight) {
  const auto pool = weighted(servers({"s1", "s2", "s3", "s4"}), {1, 100, 37});
  const Lots lots(pool);
  ASSERT_EQ(lots.count(), 1U + 100 + 37 + 100);
  std::vector<unsigned> held(pool.size());
  for (uint64_t lot = 0; lot < lots.count(); ++lot) {
    ++held.at(lots.holder(lot));
  }
  for (size_t index = 0; index < pool.size(); ++index) {
    EXPECT_EQ(held[index], pool[index].weight) << index;
  }
  EXPECT_EQ(Lots({}).count(), 0U);
}

TEST(Choice, MovesOnlyTheClientsOfAServerThatGoes) {
  const auto before = servers({"s1", "s2", "s3", "s4"});
  const auto after = servers({"s1", "s3", "s4"});
  for (int number = 0; number < clients; ++number) {
    const std::string had = server_for(before, client(number)).name;
    if (had != "s2") {
      EXPECT_EQ(server_for(after, client(number)).name, had);
    }
  }
}

}  // namespace
}  // namespace buddyring
