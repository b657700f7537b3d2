// SPDX-License-Identifier: Apache-2.0
#include "router/choice.h"

#include <gtest/gtest.h>

#include <map>

namespace buddyring {
namespace {

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
