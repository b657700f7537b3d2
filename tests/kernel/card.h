// SPDX-License-Identifier: Apache-2.0
// Card: a network namespace with a veth pair v0 - v1, for tests that attach.
#pragma once

#include <gtest/gtest.h>
#include <sys/types.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kernel/kernel_path.h"
#include "kernel/traffic_filters.h"
#include "posix/fd.h"
#include "tests/lab/namespace_thread.h"

namespace buddyring {

inline constexpr const char* pin_root = "/sys/fs/bpf/buddyring";

// The compiled XDP program of the switch's ports, next to this test's own binary.
[[nodiscard]] std::string lossy_object();

// Detaches in the namespace where it was attached, as an agent does.
struct DetachInside {
  lab::NamespaceThread* where;
  void operator()(const KernelPath* path) const {
    where->run([path] { delete path; });
  }
};
using Attached = std::unique_ptr<KernelPath, DetachInside>;
[[nodiscard]] Attached attach_inside(lab::NamespaceThread& where, const KernelPath::Options& options);

class Card : public testing::Test {
 protected:
  Card();

  [[nodiscard]] unsigned index_of(const std::string& interface);
  [[nodiscard]] KernelPath::Options options(const std::string& interface = "v0", const std::string& server = "s1");
  [[nodiscard]] Attached attach(const KernelPath::Options& options);
  // What the attempt to attach says; fails the test when it succeeds.
  [[nodiscard]] std::string refusal(const KernelPath::Options& options);
  // Attaches in another process, which is then killed; `meanwhile` is what it does first.
  using Meanwhile = std::function<void(KernelPath&)>;
  void attach_and_kill(
      const KernelPath::Options& options, const Meanwhile& meanwhile = [](KernelPath&) {});

  // Runs a command in the namespace; fails the test when it fails.
  std::string run(const std::vector<std::string>& command);
  [[nodiscard]] uint32_t xdp_program(const std::string& interface = "v0");
  [[nodiscard]] bool has_clsact(const std::string& interface = "v0");
  [[nodiscard]] std::vector<TrafficFilter> egress_filters(const std::string& interface = "v0");
  [[nodiscard]] std::vector<TrafficFilter> ingress_filters(const std::string& interface = "v0");
  // No XDP program, no clsact, no pins.
  void expect_nothing_left(const std::string& interface = "v0");
  // Attaches a program named `name` that does nothing at this place of v0's egress.
  void attach_foreign_filter(const std::string& name, uint32_t handle, uint32_t priority);

  lab::NamespaceThread where_{"card"};
};

}  // namespace buddyring
