// SPDX-License-Identifier: Apache-2.0
// The ways by which frames come to our program: what is chosen, what changes over,
// and what is left afterwards.
#include <gtest/gtest.h>

#include "kernel/detach.h"
#include "posix/clock.h"
#include "tests/kernel/card.h"

namespace buddyring {
namespace {

class AttachModes : public Card {
 protected:
  [[nodiscard]] KernelPath::Options by(AttachMode mode) {
    auto given = options();
    given.attach = mode;
    return given;
  }
  // Puts another's program into v0's XDP slot and returns its id.
  uint32_t occupy() {
    run({"ip", "link", "set", "dev", "v0", "xdpdrv", "obj", lossy_object(), "sec", "xdp"});
    return xdp_program();
  }
  void expect_attached(const KernelPath& path, buddyring_attachment how) {
    EXPECT_EQ(path.mode(), how);
    EXPECT_EQ(xdp_program() != 0, how != BUDDYRING_ATTACHED_TC);
    EXPECT_EQ(ingress_filters().size(), how == BUDDYRING_ATTACHED_TC ? 1U : 0U);
    EXPECT_EQ(egress_filters().size(), 1U);
  }
};

struct Asked {
  AttachMode mode;
  buddyring_attachment how;
};
const std::vector<Asked> each{{AttachMode::native, BUDDYRING_ATTACHED_NATIVE},
                              {AttachMode::generic, BUDDYRING_ATTACHED_GENERIC},
                              {AttachMode::tc, BUDDYRING_ATTACHED_TC}};

TEST_F(AttachModes, WhatIsAskedForIsDoneAndUndone) {
  for (const auto& [mode, how] : each) {
    auto attached = attach(by(mode));
    expect_attached(*attached, how);
    EXPECT_EQ(attached->report().link[0].attachment, how);
    EXPECT_TRUE(attached->warnings().empty());
    attached.reset();
    expect_nothing_left();
  }
}

TEST_F(AttachModes, AnOccupantIsNamedAndStaysAndFramesComeBehindIt) {
  const uint32_t occupant = occupy();
  auto attached = attach(by(AttachMode::automatic));
  EXPECT_EQ(attached->mode(), BUDDYRING_ATTACHED_TC);
  EXPECT_EQ(xdp_program(), occupant);
  ASSERT_EQ(attached->warnings().size(), 1U);
  EXPECT_NE(attached->warnings()[0].find("program lossy (id " + std::to_string(occupant) + ")"), std::string::npos);
  EXPECT_EQ(ingress_filters().size(), 1U);
  attached.reset();
  EXPECT_EQ(xdp_program(), occupant);
  EXPECT_FALSE(has_clsact());
}

TEST_F(AttachModes, NativeIsRefusedWhereTheDriverHasNone) {
  auto given = options("lo");
  given.attach = AttachMode::native;
  EXPECT_NE(refusal(given).find("--attach auto"), std::string::npos);
}

TEST_F(AttachModes, AnotherServersFilterIsNeverTakenForOurs) {
  auto first = attach(options());
  const auto filters = egress_filters();
  const std::string line = refusal(options("v0", "s2"));
  EXPECT_NE(line.find("buddyring_egres"), std::string::npos) << line;
  EXPECT_EQ(egress_filters()[0].program_id, filters[0].program_id);
  EXPECT_TRUE(ingress_filters().empty());
}

// Each way after each: adopted, or changed over.
TEST_F(AttachModes, AStartGoesOnFromWhateverWasHandedOver) {
  for (const auto& before : each) {
    for (const auto& after : each) {
      auto path = attach(by(before.mode));
      path->set_self(7, 3, true);
      path->renew_lease(monotonic_now() + std::chrono::minutes{1});
      path->hand_over();
      path.reset();
      path = attach(by(after.mode));
      EXPECT_TRUE(path->resumed());
      expect_attached(*path, after.how);
      path->hand_over();
      path.reset();
      // What fits is kept.
      path = attach(by(AttachMode::automatic));
      expect_attached(*path, after.how);
      EXPECT_EQ(path->report().link[0].clsact_created, 1U);
      path.reset();
      expect_nothing_left();
    }
  }
}

TEST_F(AttachModes, WhatAKilledAgentLeftIsTakenOverAndDetached) {
  for (const auto& [mode, how] : each) {
    attach_and_kill(by(mode));
    auto next = attach(by(mode));
    expect_attached(*next, how);
    next.reset();
    expect_nothing_left();
    attach_and_kill(by(mode));
    EXPECT_EQ(where_.run([] { return detach_leftovers(pin_root, "web", "s1"); }).size(), 3U);
    expect_nothing_left();
  }
}

}  // namespace
}  // namespace buddyring
