// SPDX-License-Identifier: Apache-2.0
// Host: a network namespace with one network card, plugged into the switch. It
// has an IPv4 address or an IPv6 address, or one of each.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tests/lab/namespace_thread.h"
#include "tests/lab/switch.h"

namespace buddyring::lab {

enum class Family : uint8_t { ipv4, ipv6 };

class Host {
 public:
  // `name`: up to 10 characters, it also names the port.
  Host(Switch& network, std::string name, std::vector<std::string> addresses);
  ~Host();
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  [[nodiscard]] const std::string& name() const { return inside_.name(); }
  [[nodiscard]] const std::string& address() const { return addresses_.front(); }
  // REQUIRES that it has one of that family.
  [[nodiscard]] const std::string& address(Family family) const;
  // For whatever has to happen inside.
  [[nodiscard]] NamespaceThread& inside() { return inside_; }
  template <class Work>
  auto run(Work work) {
    return inside_.run(std::move(work));
  }

  // A second card, eth1, by which the host is reached at its IPv4 address, too.
  void add_card();

  // Pulls eth0's cable out of the switch; it loses its carrier.
  Span cut() { return network_.set_port(port_, false); }
  Span mend() { return network_.set_port(port_, true); }
  // What comes from it is cleared of all echo messages, as behind a filter of ICMP.
  void filter_echo() { network_.filter_echo(port_); }
  // What an XDP program of this host sends gets lost, or arrives again.
  void lose_answers() { network_.take_native_frames(port_, false); }
  void pass_answers() { network_.take_native_frames(port_, true); }

 private:
  Switch& network_;
  std::vector<std::string> addresses_;
  std::string port_;
  std::string second_port_ = "";  // of eth1
  NamespaceThread inside_;
};

}  // namespace buddyring::lab
