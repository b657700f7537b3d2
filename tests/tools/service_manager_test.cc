// SPDX-License-Identifier: Apache-2.0
#include "posix/service_manager.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/lab/notify_socket.h"

namespace buddyring {
namespace {

using namespace std::chrono_literals;

// What was sent is there to be read: nothing has to be waited for.
constexpr auto no_wait = 0ms;

class ServiceManagerTest : public testing::Test {
 protected:
  ServiceManagerTest() { ::setenv("NOTIFY_SOCKET", socket.path().c_str(), 1); }
  ~ServiceManagerTest() override {
    ::unsetenv("NOTIFY_SOCKET");
    ::unsetenv("WATCHDOG_USEC");
    ::unsetenv("WATCHDOG_PID");
  }

  lab::NotifySocket socket;
};

TEST_F(ServiceManagerTest, SaysOnceThatItIsReadyAndThatItStops) {
  ServiceManager manager;
  for (int i = 0; i < 2; ++i) {
    manager.ready("Serving");
  }
  EXPECT_EQ(socket.next(no_wait), "READY=1\nSTATUS=Serving");
  for (int i = 0; i < 2; ++i) {
    manager.stopping();
  }
  EXPECT_EQ(socket.next(no_wait), "STOPPING=1");
  EXPECT_EQ(socket.next(no_wait), "");
}

TEST_F(ServiceManagerTest, FeedsTheWatchdogTwiceInItsTime) {
  ::setenv("WATCHDOG_USEC", "10000000", 1);
  ServiceManager manager;
  const Instant start = instant_from_ns(1'000'000'000);
  manager.handle_timeout(start);
  EXPECT_EQ(socket.next(no_wait), "WATCHDOG=1");
  EXPECT_EQ(manager.next_deadline(), start + 5s);
  manager.handle_timeout(start + 5s - 1ns);
  EXPECT_EQ(socket.next(no_wait), "");
  manager.handle_timeout(start + 5s);
  EXPECT_EQ(socket.next(no_wait), "WATCHDOG=1");
}

TEST_F(ServiceManagerTest, HasNoWatchdogUnlessItIsToldOfOne) {
  ServiceManager manager;
  EXPECT_EQ(manager.next_deadline(), std::nullopt);
  manager.handle_timeout(instant_from_ns(1));
  EXPECT_EQ(socket.next(no_wait), "");
}

TEST_F(ServiceManagerTest, WhatIsNoSocketAndNoNumberIsLeftAlone) {
  ::setenv("WATCHDOG_USEC", "soon", 1);
  for (const std::string& path : {std::string{"vsock:2:1"}, std::string{"relative"}, "/" + std::string(200, 'x')}) {
    ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
    ServiceManager manager;
    manager.ready("Serving");
    EXPECT_EQ(manager.next_deadline(), std::nullopt);
  }
  EXPECT_EQ(socket.next(no_wait), "");
}

TEST_F(ServiceManagerTest, AnotherProcessWatchdogIsNotFed) {
  ::setenv("WATCHDOG_USEC", "10000000", 1);
  ::setenv("WATCHDOG_PID", "1", 1);
  EXPECT_EQ(ServiceManager{}.next_deadline(), std::nullopt);
}

}  // namespace
}  // namespace buddyring
