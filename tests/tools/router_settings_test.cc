// SPDX-License-Identifier: Apache-2.0
// The router's settings, validated alone.
#include <gtest/gtest.h>

#include "router/settings.h"

namespace buddyring {
namespace {

std::vector<std::string> with(const std::string& argument) {
  return {"--registry=mysql://u@h/d", "--pool=web", "--listen=127.0.0.1:0", "--target-port=80", argument};
}

TEST(RouterSettings, CheckConfigStartsNothing) {
  testing::internal::CaptureStdout();
  EXPECT_FALSE(router_settings(with("--check-config")));
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "buddyrouter: the configuration is valid\n");
  EXPECT_TRUE(router_settings(with("--access-log")));
}

TEST(RouterSettings, CheckConfigRefusesWhatAStartWould) {
  auto arguments = with("--check-config");
  arguments.emplace_back("--max-staleness=10s");
  arguments.emplace_back("--refresh=20s");
  EXPECT_THROW(static_cast<void>(router_settings(arguments)), UsageError);
}

TEST(RouterSettings, ThePageIsOffAndNotWhereClientsCome) {
  EXPECT_FALSE(router_settings(with("--access-log"))->ui);
  EXPECT_EQ(router_settings(with("--ui=127.0.0.1:8081"))->ui->text(), "127.0.0.1:8081");
  EXPECT_THROW(static_cast<void>(router_settings(with("--ui=8081"))), UsageError);
  const std::vector<std::string> both{"--registry=mysql://u@h/d", "--pool=web", "--listen=127.0.0.1:80",
                                      "--target-port=80", "--ui=127.0.0.1:80"};
  EXPECT_THROW(static_cast<void>(router_settings(both)), UsageError);
}

}  // namespace
}  // namespace buddyring
