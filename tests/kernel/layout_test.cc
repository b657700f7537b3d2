// SPDX-License-Identifier: Apache-2.0
// An upgrade across layouts of the maps: what an agent of an older one left pinned and
// attached is refused, removed by --detach, and gone at the next start.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <gtest/gtest.h>
#include <linux/if_link.h>

#include <filesystem>
#include <memory>

#include "kernel/detach.h"
#include "tests/bpf/layout3.h"
#include "tests/kernel/card.h"

namespace buddyring {
namespace {

// The place of our egress filter, in every layout so far.
constexpr uint32_t filter_handle = 0xB0DD;
constexpr uint32_t filter_priority = 1;

struct CloseObject {
  void operator()(bpf_object* object) const { bpf_object__close(object); }
};

// Layout 3 had one link; those after it have the interface's index in its name. What
// else changed between them nobody looks at.
struct OldLayout {
  const char* version;
  bool indexed;
};

class Layouts : public Card, public testing::WithParamInterface<OldLayout> {
 protected:
  // Attaches and pins as an agent of that layout did that was killed afterwards.
  void leave_old_layout() {
    const auto build = std::filesystem::read_symlink("/proc/self/exe").parent_path().parent_path();
    const std::unique_ptr<bpf_object, CloseObject> object(bpf_object__open((build / "bpf/layout3.bpf.o").c_str()));
    ASSERT_EQ(bpf_object__load(object.get()), 0);
    const uint32_t only = 0;
    const layout3_agent agent{.identity = identity_of("web", "s1"), .rest = {}};
    layout3_report report{
        .counters = {}, .clsact_created = 1, .rest = {}, .pool = "web", .server = "s1", .interface = "v0"};
    ASSERT_EQ(bpf_map_update_elem(map_fd(*object, "agent"), &only, &agent, BPF_ANY), 0);
    ASSERT_EQ(bpf_map_update_elem(map_fd(*object, "report"), &only, &report, BPF_ANY), 0);
    std::filesystem::create_directories(old_folder_);
    pin(map_fd(*object, "agent"), "agent");
    pin(map_fd(*object, "report"), "report");
    const int xdp = bpf_program__fd(bpf_object__find_program_by_name(object.get(), "buddyring_xdp"));
    const int egress = bpf_program__fd(bpf_object__find_program_by_name(object.get(), "buddyring_egress"));
    pin(xdp, "xdp_program");
    pin(egress, "egress_program");
    attach_programs(xdp, egress);
  }

  static int map_fd(const bpf_object& object, const char* name) {
    return bpf_object__find_map_fd_by_name(&object, name);
  }
  void pin(int fd, const std::string& name) const {
    EXPECT_EQ(bpf_obj_pin(fd, (old_folder_ + "/" + name).c_str()), 0) << name;
  }
  void attach_programs(int xdp, int egress) {
    const auto index = static_cast<int>(index_of("v0"));
    where_.run([&] {
      bpf_link_create_opts native{};
      native.sz = sizeof(native);
      native.flags = XDP_FLAGS_DRV_MODE;
      const Fd link(bpf_link_create(xdp, index, BPF_XDP, &native));
      ASSERT_TRUE(link.valid());
      pin(link.get(), link_name());
      bpf_tc_hook hook{};
      hook.sz = sizeof(hook);
      hook.ifindex = index;
      hook.attach_point = static_cast<bpf_tc_attach_point>(BPF_TC_INGRESS | BPF_TC_EGRESS);
      ASSERT_EQ(bpf_tc_hook_create(&hook), 0);
      hook.attach_point = BPF_TC_EGRESS;
      bpf_tc_opts place{};
      place.sz = sizeof(place);
      place.prog_fd = egress;
      place.handle = filter_handle;
      place.priority = filter_priority;
      ASSERT_EQ(bpf_tc_attach(&hook, &place), 0);
    });
  }

  std::string link_name() {
    return std::string("xdp_link") + (GetParam().indexed ? "_" + std::to_string(index_of("v0")) : "");
  }

  const std::string old_folder_ = std::string(pin_root) + "/" + GetParam().version + "/web:s1";
};

TEST_P(Layouts, WhatAnOlderOneLeftIsRefusedAndThenDetachedAndTheNextStartWorks) {
  leave_old_layout();
  const uint32_t old_program = xdp_program();
  ASSERT_NE(old_program, 0U);
  const std::string line = refusal(options());
  EXPECT_NE(line.find(old_folder_), std::string::npos) << line;
  EXPECT_NE(line.find("buddyd --detach --pool web --server s1"), std::string::npos) << line;
  EXPECT_EQ(xdp_program(), old_program);
  EXPECT_EQ(egress_filters().size(), 1U);

  EXPECT_EQ(where_.run([] { return detach_leftovers(pin_root, "web", "s1"); }).size(), 3U);
  expect_nothing_left();
  auto path = attach(options());
  EXPECT_NE(xdp_program(), 0U);
  path.reset();
  expect_nothing_left();
}

TEST_P(Layouts, OfAnotherServerStays) {
  leave_old_layout();
  EXPECT_TRUE(where_.run([] { return detach_leftovers(pin_root, "web", "s2"); }).empty());
  EXPECT_NE(xdp_program(), 0U);
  EXPECT_TRUE(std::filesystem::exists(old_folder_ + "/" + link_name()));
  EXPECT_EQ(where_.run([] { return detach_leftovers(pin_root, "web", "s1"); }).size(), 3U);
}

INSTANTIATE_TEST_SUITE_P(Each, Layouts,
                         testing::Values(OldLayout{.version = "v3", .indexed = false},
                                         OldLayout{.version = "v5", .indexed = true}),
                         [](const auto& layout) { return std::string(layout.param.version); });

}  // namespace
}  // namespace buddyring
