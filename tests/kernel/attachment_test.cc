// SPDX-License-Identifier: Apache-2.0
// Attaching and detaching: what is there while an agent lives, what is refused,
// what is left when it goes.
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>

#include "kernel/pin_directory.h"
#include "kernel/pinned_maps.h"
#include "posix/startup_error.h"
#include "tests/kernel/card.h"

namespace buddyring {
namespace {

class Attachment : public Card {
 protected:
  void expect_in(const std::string& line, const std::vector<std::string>& parts) {
    for (const auto& part : parts) {
      EXPECT_NE(line.find(part), std::string::npos) << "'" << part << "' in: " << line;
    }
  }
  // What a process with these capabilities only, and no other right, says to attaching; "" when it may.
  std::string refusal_with_capabilities(const std::vector<unsigned>& capabilities);
};

std::string Attachment::refusal_with_capabilities(const std::vector<unsigned>& capabilities) {
  const auto given = options();
  return where_.run([&]() -> std::string {
    std::array<int, 2> ends{};
    EXPECT_EQ(pipe(ends.data()), 0);
    const Fd reader(ends[0]);
    Fd writer(ends[1]);
    const pid_t child = fork();
    if (child == 0) {
      __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
      std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> sets{};
      for (const unsigned capability : capabilities) {
        auto& set = sets[CAP_TO_INDEX(capability)];
        set.permitted = set.effective = set.permitted | CAP_TO_MASK(capability);
      }
      syscall(SYS_capset, &header, sets.data());
      try {
        const KernelPath attached(given);
      } catch (const StartupError& error) {
        const std::string line = error.what();
        (void)!write(writer.get(), line.data(), line.size());
      }
      _exit(0);
    }
    writer.reset();
    std::string said(4096, '\0');
    const ssize_t bytes = read(reader.get(), said.data(), said.size());
    waitpid(child, nullptr, 0);
    said.resize(bytes > 0 ? static_cast<size_t>(bytes) : 0);
    return said;
  });
}

TEST_F(Attachment, NativeOnVethAndNothingLeftAfterwards) {
  auto attached = attach(options());
  EXPECT_EQ(attached->mode(), BUDDYRING_ATTACHED_NATIVE);
  EXPECT_TRUE(attached->warnings().empty());
  EXPECT_NE(xdp_program(), 0U);
  ASSERT_EQ(egress_filters().size(), 1U);
  EXPECT_TRUE(egress_filters()[0].name.starts_with("buddyring_egres"));
  EXPECT_EQ(list_pinned(pin_root).value(), std::vector<std::string>{"web:s1"});
  EXPECT_EQ(attached->report().link[0].clsact_created, 1U);
  EXPECT_EQ(attached->report().link[0].attachment, BUDDYRING_ATTACHED_NATIVE);
  attached.reset();
  expect_nothing_left();
}

TEST_F(Attachment, GenericWithAWarningWhereTheDriverHasNoXdp) {
  const auto attached = attach(options("lo"));
  EXPECT_EQ(attached->mode(), BUDDYRING_ATTACHED_GENERIC);
  EXPECT_EQ(attached->report().link[0].attachment, BUDDYRING_ATTACHED_GENERIC);
  ASSERT_EQ(attached->warnings().size(), 1U);
  expect_in(attached->warnings()[0], {"generic", "lo"});
}

TEST_F(Attachment, PinnedMapsShowFieldNames) {
  auto attached = attach(options("v0", "s1.example"));
  attached->set_self(77, 7, true);
  attached->renew_lease(instant_from_ns(123'456'789));
  const std::string directory = std::string(pin_root) + "/v6/web:s1,example/";
  expect_in(
      run({"bpftool", "map", "dump", "pinned", directory + "agent"}),
      {"\"identity\"", "\"incarnation\": 77", "\"epoch\": 7", "\"lease_expires_ns\": 123456789", "\"member\": 1"});
  expect_in(run({"bpftool", "map", "dump", "pinned", directory + "peer_state"}),
            {"\"departed_number\"", "\"rtt_min_ns\"", "\"sighting\"", "\"flight\"", "\"nonce\""});
  expect_in(run({"bpftool", "map", "dump", "pinned", directory + "report"}),
            {"\"clsact_created\": 1", "\"buddy\"", "\"replaces_applied\""});
  expect_in(run({"bpftool", "map", "dump", "pinned", directory + "peer"}), {"\"role\"", "\"server\""});
  expect_in(run({"bpftool", "map", "dump", "pinned", directory + "rtt_histogram"}), {"\"bucket\""});
  run({"bpftool", "map", "dump", "pinned", directory + "verdicts"});
  run({"bpftool", "map", "dump", "pinned", directory + "peer_slots"});
}

TEST_F(Attachment, SecondAgentForTheServerIsRefused) {
  auto first = attach(options());
  expect_in(refusal(options()), {"another buddyd runs for server s1 of pool web"});
  EXPECT_NE(xdp_program(), 0U);
  EXPECT_EQ(egress_filters().size(), 1U);
  EXPECT_TRUE(read_pinned(pin_root, "web:s1").ok());
}

TEST_F(Attachment, OccupiedXdpSlotIsNamedAndLeftAlone) {
  const auto first = attach(options());
  const uint32_t occupant = xdp_program();
  auto second = options("v0", "s2");
  second.attach = AttachMode::native;
  expect_in(refusal(second), {"v0", "program buddyring_xdp (id " + std::to_string(occupant) + ")", "xdp off"});
  EXPECT_EQ(xdp_program(), occupant);
  EXPECT_EQ(list_pinned(pin_root).value(), std::vector<std::string>{"web:s1"});
}

TEST_F(Attachment, OccupiedGenericXdpSlotIsNamedToo) {
  run({"ip", "link", "set", "dev", "v0", "xdpgeneric", "obj", lossy_object(), "sec", "xdp"});
  const uint32_t occupant = xdp_program();
  auto given = options();
  given.attach = AttachMode::generic;
  expect_in(refusal(given), {"program lossy (id " + std::to_string(occupant) + ")"});
  EXPECT_EQ(xdp_program(), occupant);
  run({"ip", "link", "set", "dev", "v0", "xdpgeneric", "off"});
  expect_nothing_left();
}

TEST_F(Attachment, OccupiedEgressPlaceIsNamedAndLeftAlone) {
  attach_foreign_filter("shaper", 0xB0DD, 1);
  expect_in(refusal(options()), {"egress of v0", "shaper", "tc filter del dev v0 egress pref 1"});
  ASSERT_EQ(egress_filters().size(), 1U);
  EXPECT_TRUE(egress_filters()[0].name.starts_with("shaper"));
  EXPECT_EQ(xdp_program(), 0U);
  EXPECT_FALSE(std::filesystem::exists(pin_root));
}

TEST_F(Attachment, ForeignFiltersAndTheirQdiscStay) {
  attach_foreign_filter("shaper", 1, 1);
  auto attached = attach(options());
  EXPECT_EQ(attached->report().link[0].clsact_created, 0U);
  EXPECT_EQ(egress_filters().size(), 2U);
  attached.reset();
  ASSERT_EQ(egress_filters().size(), 1U);
  EXPECT_TRUE(egress_filters()[0].name.starts_with("shaper"));
}

TEST_F(Attachment, OwnQdiscStaysWhenSomeoneElseUsesItByNow) {
  auto attached = attach(options());
  EXPECT_EQ(attached->report().link[0].clsact_created, 1U);
  attach_foreign_filter("shaper", 1, 7);
  attached.reset();
  EXPECT_TRUE(has_clsact());
  ASSERT_EQ(egress_filters().size(), 1U);
  EXPECT_TRUE(egress_filters()[0].name.starts_with("shaper"));
}

TEST_F(Attachment, EmptyForeignQdiscStays) {
  run({"tc", "qdisc", "add", "dev", "v0", "clsact"});
  attach(options()).reset();
  EXPECT_TRUE(has_clsact());
  EXPECT_TRUE(egress_filters().empty());
}

TEST_F(Attachment, KilledAgentsFilterIsRemovedFromTheInterfaceItHadBefore) {
  attach_and_kill(options("v0"));
  auto next = attach(options("v1"));
  EXPECT_FALSE(has_clsact("v0"));
  next.reset();
  expect_nothing_left("v0");
  expect_nothing_left("v1");
}

TEST_F(Attachment, NoBpffs) {
  auto given = options();
  given.pin_root = "/run/pins/buddyring";
  expect_in(refusal(given), {"no bpffs", "mount -t bpf bpf /run/pins"});
  EXPECT_FALSE(std::filesystem::exists("/run/pins"));
  EXPECT_EQ(xdp_program(), 0U);
}

TEST_F(Attachment, NoInterface) {
  auto given = options();
  given.links[0].ifindex = 4242;
  expect_in(refusal(given), {"4242", "ip link"});
  EXPECT_FALSE(std::filesystem::exists(pin_root));
}

TEST_F(Attachment, InterfaceWithoutEthernetFrames) {
  run({"ip", "tuntap", "add", "t0", "mode", "tun"});
  expect_in(refusal(options("t0")), {"t0", "Ethernet", "--interface"});
  EXPECT_FALSE(std::filesystem::exists(pin_root));
}

TEST_F(Attachment, MissingCapabilitiesAreNamed) {
  const std::vector<std::string> all = {"CAP_NET_ADMIN", "CAP_BPF", "CAP_NET_RAW", "CAP_PERFMON"};
  expect_in(refusal_with_capabilities({}), all);
  expect_in(refusal_with_capabilities({CAP_NET_ADMIN, CAP_NET_RAW}), all);
  expect_in(refusal_with_capabilities({CAP_BPF, CAP_PERFMON, CAP_NET_RAW}), all);
  expect_nothing_left();
}

TEST_F(Attachment, TheNamedCapabilitiesAreEnough) {
  EXPECT_EQ(refusal_with_capabilities({CAP_NET_ADMIN, CAP_BPF, CAP_NET_RAW, CAP_PERFMON}), "");
}

}  // namespace
}  // namespace buddyring
