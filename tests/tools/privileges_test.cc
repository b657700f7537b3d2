// SPDX-License-Identifier: Apache-2.0
#include "posix/privileges.h"

#include <gtest/gtest.h>
#include <linux/capability.h>

#include <array>
#include <fstream>
#include <string>
#include <thread>

namespace buddyring {
namespace {

// Of the calling thread, from /proc.
std::string line_of(const std::string& name) {
  std::ifstream in("/proc/thread-self/status");
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with(name + ":\t")) {
      return line.substr(name.size() + 2);
    }
  }
  return "";
}

TEST(Privileges, OfTheCallingThreadAreDroppedButForThoseToKeep) {
  std::thread([] {
    constexpr std::array kept{CAP_NET_ADMIN, CAP_BPF};
    const Status dropped = drop_privileges(kept);
    EXPECT_TRUE(dropped.ok());
    EXPECT_EQ(line_of("CapEff"), "0000008000001000");
    EXPECT_EQ(line_of("CapPrm"), "0000008000001000");
    EXPECT_EQ(line_of("CapInh"), "0000000000000000");
    EXPECT_EQ(line_of("CapBnd"), "0000000000000000");
    EXPECT_EQ(line_of("NoNewPrivs"), "1");
    // And what is gone does not come back by asking for it.
    EXPECT_TRUE(drop_privileges({}).ok());
    EXPECT_EQ(line_of("CapPrm"), "0000000000000000");
    EXPECT_TRUE(drop_privileges(kept).ok());
    EXPECT_EQ(line_of("CapPrm"), "0000000000000000");
  }).join();
  EXPECT_NE(line_of("CapBnd"), "0000000000000000") << "the other threads keep theirs";
}

}  // namespace
}  // namespace buddyring
