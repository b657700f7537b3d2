// SPDX-License-Identifier: Apache-2.0
// `--stamps hardware` on veth, whose driver tells XDP of stamps and has no clock: the
// bound program is taken where the kernel knows it, every stamp falls back and says
// so, and the kernel outlives the interface.
#include <bpf/libbpf.h>
#include <gtest/gtest.h>
#include <net/if.h>
#include <unistd.h>

#include <string_view>

#include "kernel/features.h"
#include "kernel/pinned_maps.h"
#include "tests/kernel/card.h"
#include "tests/kernel/verifier_count.h"
#include "tests/kernel/wire.h"
#include "tests/lab/sandbox.h"
#include "tests/lab/wait.h"

namespace buddyring {
namespace {

constexpr uint32_t bound_to_interface = 1U << 6;  // BPF_F_XDP_DEV_BOUND_ONLY
constexpr const char* blinding_setting = "/proc/sys/net/core/bpf_jit_harden";

// Kernels tell XDP of stamps from 6.3 on.
bool kernel_has_stamps() { return kernel_release().find("6.1.") != 0; }

class HardwareStamps : public Card {
 protected:
  [[nodiscard]] KernelPath::Options stamping(const std::string& interface = "v0") {
    auto given = options(interface);
    given.stamps = BUDDYRING_STAMP_HARDWARE;
    return given;
  }
  [[nodiscard]] static PinnedMaps pinned() { return read_pinned(pin_root, "web:s1").value(); }
};

TEST_F(HardwareStamps, AreTakenWhereTheKernelKnowsThem) {
  auto path = attach(stamping());
  EXPECT_EQ(pinned().report.stamps_requested, unsigned{BUDDYRING_STAMP_HARDWARE});
  if (kernel_has_stamps()) {
    EXPECT_EQ(pinned().report.stamps_active, unsigned{BUDDYRING_STAMP_HARDWARE})
        << (path->warnings().empty() ? "" : path->warnings().front());
    EXPECT_TRUE(path->warnings().empty());
  } else {
    EXPECT_EQ(pinned().report.stamps_active, unsigned{BUDDYRING_STAMP_KERNEL});
    ASSERT_EQ(path->warnings().size(), 1U);
    EXPECT_NE(path->warnings().front().find("bpf_xdp_metadata_rx_timestamp"), std::string::npos)
        << path->warnings().front();
  }
  path.reset();
  expect_nothing_left();
}

TEST_F(HardwareStamps, ProgramIsWithinTheLimitOfThePlainOne) {
  const unsigned ifindex = index_of("v0");
  if (!kernel_has_stamps()) {
    return;
  }
  where_.run([&] {
    expect_within_limits(compiled_objects_folder() / "hardware_stamps.bpf.o", [&](bpf_object& object) {
      bpf_program* program = nullptr;
      bpf_object__for_each_program(program, &object) {
        bpf_program__set_autoload(program, std::string_view(bpf_program__name(program)) == "buddyring_xdp");
        bpf_program__set_ifindex(program, ifindex);
        EXPECT_EQ(bpf_program__set_flags(program, bound_to_interface), 0);
      }
    });
  });
}

TEST_F(HardwareStamps, ComeAndGoWithARestart) {
  const bool has_stamps = kernel_has_stamps();
  attach_and_kill(stamping());
  const uint32_t before = xdp_program();
  auto plain = attach(options());
  EXPECT_NE(xdp_program(), before);
  EXPECT_EQ(pinned().report.stamps_active, unsigned{BUDDYRING_STAMP_KERNEL});
  plain->hand_over();
  plain.reset();
  const auto again = attach(stamping());
  EXPECT_EQ(pinned().report.stamps_active == BUDDYRING_STAMP_HARDWARE, has_stamps);
}

TEST_F(HardwareStamps, AreNotForGenericMode) {
  const auto path = attach(stamping("lo"));
  EXPECT_EQ(path->mode(), BUDDYRING_ATTACHED_GENERIC);
  EXPECT_EQ(path->report().stamps_active, unsigned{BUDDYRING_STAMP_KERNEL});
  EXPECT_NE(path->warnings().back().find("generic mode"), std::string::npos) << path->warnings().back();
}

// The setting is of the first network namespace, in which this is; the interface, of another.
TEST_F(HardwareStamps, AreRefusedWhereConstantsAreBlinded) {
  lab::write_file(blinding_setting, "2");
  {
    const auto path = attach(stamping());
    EXPECT_EQ(path->report().stamps_active, unsigned{BUDDYRING_STAMP_KERNEL});
    ASSERT_EQ(path->warnings().size(), 1U);
    EXPECT_NE(path->warnings().front().find("blinds constants"), std::string::npos) << path->warnings().front();
  }
  lab::write_file(blinding_setting, "0");
}

// The fault would end the guest, which boots with oops=panic.
TEST_F(HardwareStamps, KernelOutlivesTheInterfaceWhileAllIsHeldAndAfterwards) {
  attach_and_kill(stamping());
  run({"ip", "link", "del", "v0"});
  EXPECT_EQ(index_of("v0"), 0U);
  run({"ip", "link", "add", "v0", "type", "veth", "peer", "name", "v1"});
  run({"ip", "link", "set", "v0", "up"});
  // The next agent finds the pins of a program whose interface is gone.
  auto path = attach(stamping());
  EXPECT_EQ(pinned().report.stamps_active == BUDDYRING_STAMP_HARDWARE, kernel_has_stamps());
  path.reset();
  run({"ip", "link", "del", "v0"});
}

class StampsOnTheWire : public Wire {};

TEST_F(StampsOnTheWire, OfACardWithoutAClockFallBackAndSayThatTheyDid) {
  const auto stamping =
      attach_inside(one_.inside(), {.pin_root = pin_root,
                                    .pool = "web",
                                    .server = one_.name(),
                                    .links = {{"eth0", one_.run([] { return if_nametoindex("eth0"); })}},
                                    .address = address_of(one_),
                                    .stamps = BUDDYRING_STAMP_HARDWARE});
  const auto answering = attach(two_);
  announce(*answering, 7);
  ASSERT_TRUE(stamping->watch(0, server_of(two_, 7), WatchRole::buddy).ok());
  send_probe(one_, two_, 1);
  ASSERT_TRUE(wait_for(*stamping, [](const Observation& seen) { return seen.live_answers == 1; }));
  const auto maps = read_pinned(pin_root, "web:one").value();
  EXPECT_EQ(maps.peer_state[0].sighting[BUDDYRING_LIVE].stamped_by, unsigned{BUDDYRING_STAMP_KERNEL});
  EXPECT_EQ(maps.peer_state[0].hardware_stamps, 0U);
  EXPECT_EQ(maps.card_clock.missing, kernel_has_stamps() ? 1U : 0U);
  EXPECT_EQ(maps.card_clock.translated, 0U);
}

}  // namespace
}  // namespace buddyring
