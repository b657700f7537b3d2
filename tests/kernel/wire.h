// SPDX-License-Identifier: Apache-2.0
// Wire: two hosts on a switch, with addresses of both families; what is
// attached, sent and asked goes by one of them.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "core/observation.h"
#include "kernel/kernel_path.h"
#include "tests/kernel/card.h"
#include "tests/kernel/packet.h"
#include "tests/lab/host.h"
#include "tests/lab/switch.h"

namespace buddyring {

class Wire : public testing::Test {
 protected:
  static constexpr std::chrono::seconds arrival_timeout{5};

  explicit Wire(Family family = Family::ipv4);

  [[nodiscard]] Address address_of(const lab::Host& host) const;
  // As `ip` and `ping` want it.
  [[nodiscard]] std::string address_text(const lab::Host& host) const;
  [[nodiscard]] Attached attach(lab::Host& host) const;
  [[nodiscard]] Server server_of(const lab::Host& host, Incarnation incarnation) const;
  // A live member under `incarnation`.
  static void announce(KernelPath& path, Incarnation incarnation);
  void send_probe(lab::Host& from, const lab::Host& to, uint64_t number) const;
  // The data that came back to a ping socket, which gets only what the stack has found right.
  [[nodiscard]] Bytes ping(lab::Host& from, const lab::Host& to, const Bytes& data) const;
  [[nodiscard]] static bool wait_for(KernelPath& path, const std::function<bool(const Observation&)>& wanted);
  [[nodiscard]] Family family() const { return family_; }

  lab::Switch switch_{lossy_object()};
  lab::Host one_{switch_, "one", {"10.77.0.1"}};
  lab::Host two_{switch_, "two", {"10.77.0.2"}};

 private:
  Family family_;
};

}  // namespace buddyring
