// SPDX-License-Identifier: Apache-2.0
// The loop's wait, sleeping and spinning: what ends it, and whether it gives up the core.
#include "loop/loop.h"

#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include <thread>
#include <vector>

#include "posix/clock.h"
#include "posix/fd.h"

namespace buddyring {
namespace {

using namespace std::chrono_literals;

class LoopWaits : public testing::TestWithParam<Loop::Waiting> {
 protected:
  LoopWaits() : loop_(8, GetParam()), event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

  void signal() const {
    const uint64_t one = 1;
    ASSERT_EQ(::write(event_.get(), &one, sizeof(one)), static_cast<ssize_t>(sizeof(one)));
  }
  std::vector<Loop::Token> drained() {
    std::vector<Loop::Token> tokens;
    loop_.drain([&](Loop::Token token, int) { tokens.push_back(token); });
    return tokens;
  }
  // Times that this thread gave up its core of its own accord.
  static long sleeps() {
    rusage used{};
    EXPECT_EQ(::getrusage(RUSAGE_THREAD, &used), 0);
    return used.ru_nvcsw;
  }

  Loop loop_;
  Fd event_;
};

TEST_P(LoopWaits, UntilTheDeadline) {
  const Instant deadline = monotonic_now() + 20ms;
  const long before = sleeps();
  loop_.wait(deadline);
  EXPECT_GE(monotonic_now(), deadline);
  EXPECT_EQ(sleeps() > before, GetParam() == Loop::Waiting::sleeps);
  EXPECT_TRUE(drained().empty());
}

TEST_P(LoopWaits, UntilSomethingCompletesThatAnotherThreadDoes) {
  for (Loop::Token token = 1; token <= 3; ++token) {
    loop_.poll_in(event_.get(), token);
    std::thread other([this] { signal(); });
    loop_.wait(Instant::max());
    other.join();
    EXPECT_EQ(drained(), std::vector{token});
    uint64_t count = 0;
    ASSERT_EQ(::read(event_.get(), &count, sizeof(count)), static_cast<ssize_t>(sizeof(count)));
  }
}

TEST_P(LoopWaits, NotAtAllForADeadlineThatHasPassed) {
  loop_.poll_in(event_.get(), 7);
  signal();
  loop_.wait(monotonic_now() - 1s);
  EXPECT_EQ(drained(), std::vector<Loop::Token>{7}) << "what was prepared was handed over all the same";
}

INSTANTIATE_TEST_SUITE_P(Both, LoopWaits, testing::Values(Loop::Waiting::sleeps, Loop::Waiting::spins),
                         [](const auto& each) { return each.param == Loop::Waiting::spins ? "Spinning" : "Sleeping"; });

}  // namespace
}  // namespace buddyring
