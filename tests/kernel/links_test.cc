// SPDX-License-Identifier: Apache-2.0
// Several interfaces of one server: programs on all of them, and what is left of those that are not named any more.
#include <gtest/gtest.h>
#include <sys/mount.h>

#include <filesystem>

#include "kernel/detach.h"
#include "kernel/pin_directory.h"
#include "kernel/pins.h"
#include "tests/kernel/card.h"
#include "tests/lab/switch.h"

namespace buddyring {
namespace {

// Two pairs, v0 - v1 and w0 - w1; v0 and w0 are the server's.
class Links : public Card {
 protected:
  Links() { lab::ip_batch(where_, "link add w0 type veth peer name w1\nlink set w0 up\nlink set w1 up\n"); }

  [[nodiscard]] KernelPath::Options on(const std::vector<std::string>& interfaces) {
    KernelPath::Options given = options();
    given.links.clear();
    for (const std::string& interface : interfaces) {
      given.links.push_back({.interface = interface, .ifindex = index_of(interface)});
    }
    return given;
  }
  [[nodiscard]] size_t xdp_pins() const {
    return pinned_xdp_links(std::string(pin_root) + "/" BUDDYRING_PIN_DIRECTORY + "/" + pin_directory_name("web", "s1"))
        .size();
  }
  void expect_attached(const std::string& interface) {
    EXPECT_NE(xdp_program(interface), 0U) << interface;
    EXPECT_EQ(egress_filters(interface).size(), 1U) << interface;
  }
  void expect_free(const std::string& interface) {
    EXPECT_EQ(xdp_program(interface), 0U) << interface;
    EXPECT_FALSE(has_clsact(interface)) << interface;
  }
};

TEST_F(Links, AllAreAttachedToAndNothingIsLeft) {
  auto attached = attach(on({"v0", "w0"}));
  expect_attached("v0");
  expect_attached("w0");
  EXPECT_EQ(xdp_pins(), 2U);
  const buddyring_report& report = attached->report();
  EXPECT_STREQ(report.link[1].interface, "w0");
  EXPECT_EQ(report.link[1].ifindex, index_of("w0"));
  EXPECT_EQ(report.link[1].attachment, BUDDYRING_ATTACHED_NATIVE);
  EXPECT_EQ(report.link[1].clsact_created, 1U);
  EXPECT_EQ(report.link[2].ifindex, 0U);
  attached.reset();
  expect_nothing_left("v0");
  expect_nothing_left("w0");
}

TEST_F(Links, ANewStartLeavesTheInterfaceThatIsNotNamedAnyMore) {
  attach_and_kill(on({"v0", "w0"}));
  auto next = attach(on({"w0"}));
  expect_free("v0");
  expect_attached("w0");
  EXPECT_EQ(xdp_pins(), 1U);
  EXPECT_EQ(next->report().link[0].clsact_created, 1U) << "the earlier agent did, which was this server's";
  next.reset();
  expect_nothing_left("w0");
}

TEST_F(Links, ANewStartTakesThemOverInAnyOrderAndMore) {
  attach_and_kill(on({"v0"}));
  attach_and_kill(on({"w0", "v0"}));
  expect_attached("v0");
  expect_attached("w0");
  auto next = attach(on({"v0", "w0"}));
  EXPECT_EQ(next->report().link[0].clsact_created, 1U);
  EXPECT_EQ(next->report().link[1].clsact_created, 1U);
  next.reset();
  expect_nothing_left("v0");
  expect_nothing_left("w0");
}

TEST_F(Links, EachHasTheWayThatItCanHave) {
  run({"ip", "link", "set", "dev", "w0", "xdp", "obj", lossy_object(), "sec", "xdp"});
  auto attached = attach(on({"v0", "w0"}));
  EXPECT_EQ(attached->report().link[0].attachment, BUDDYRING_ATTACHED_NATIVE);
  EXPECT_EQ(attached->report().link[1].attachment, BUDDYRING_ATTACHED_TC);
  EXPECT_EQ(ingress_filters("w0").size(), 1U);
  attached->hand_over();
  attached.reset();
  attached = attach(on({"v0", "w0"}));
  EXPECT_EQ(attached->report().link[0].attachment, BUDDYRING_ATTACHED_NATIVE);
  EXPECT_EQ(attached->report().link[1].attachment, BUDDYRING_ATTACHED_TC);
  EXPECT_EQ(ingress_filters("w0").size(), 1U);
  attached.reset();
  EXPECT_FALSE(has_clsact("w0"));
  expect_nothing_left("v0");
}

TEST_F(Links, WhereOneRefusesNoneIsAttachedTo) {
  run({"ip", "tuntap", "add", "t0", "mode", "tun"});
  EXPECT_NE(refusal(on({"v0", "t0"})).find("t0"), std::string::npos);
  run({"ip", "link", "set", "dev", "w0", "xdp", "obj", lossy_object(), "sec", "xdp"});
  auto native = on({"v0", "w0"});
  native.attach = AttachMode::native;
  EXPECT_NE(refusal(native).find("w0"), std::string::npos);
  expect_nothing_left("v0");
}

TEST_F(Links, DetachRemovesFromAll) {
  attach_and_kill(on({"v0", "w0"}));
  // A program and a filter of each, and the pins.
  EXPECT_EQ(where_.run([] { return detach_leftovers(pin_root, "web", "s1"); }).size(), 5U);
  expect_nothing_left("v0");
  expect_nothing_left("w0");
}

TEST_F(Links, DetachRemovesFromAllWhateverTheWay) {
  run({"ip", "link", "set", "dev", "w0", "xdp", "obj", lossy_object(), "sec", "xdp"});
  const uint32_t occupant = xdp_program("w0");
  attach_and_kill(on({"v0", "w0"}));
  // The program of one, the ingress filter of the other, an egress filter of each, and the pins.
  EXPECT_EQ(where_.run([] { return detach_leftovers(pin_root, "web", "s1"); }).size(), 5U);
  EXPECT_EQ(xdp_program("w0"), occupant);
  EXPECT_FALSE(has_clsact("w0"));
  expect_nothing_left("v0");
}

TEST_F(Links, DetachFindsAllThatAnotherMountHides) {
  attach_and_kill(on({"v0", "w0"}));
  ASSERT_EQ(where_.run([] { return mount("bpf", "/sys/fs/bpf", "bpf", 0, nullptr); }), 0);
  EXPECT_EQ(where_.run([] { return detach_leftovers(pin_root, "web", "s1"); }).size(), 4U);
  expect_free("v0");
  expect_free("w0");
  EXPECT_EQ(where_.run([] { return umount("/sys/fs/bpf"); }), 0);
  EXPECT_EQ(where_.run([] { return detach_leftovers(pin_root, "web", "s1"); }).size(), 1U);
  expect_nothing_left("v0");
}

TEST_F(Links, OneThatVanishesLeavesTheOther) {
  auto attached = attach(on({"v0", "w0"}));
  run({"ip", "link", "del", "w0"});
  lab::ip_batch(where_, "link set dev v0 address 02:00:00:00:00:77\n");
  EXPECT_TRUE(where_.run([&] { return attached->refresh_link_addresses(); }).ok());
  expect_attached("v0");
  attached.reset();
  expect_nothing_left("v0");
}

}  // namespace
}  // namespace buddyring
