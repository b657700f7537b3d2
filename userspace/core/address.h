// SPDX-License-Identifier: Apache-2.0
// Address: an IP address by value. Held as 16 bytes, IPv4 in its mapped form,
// so that IPv6 needs no second type.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace buddyring {

class Address {
 public:
  Address() = default;

  // "10.1.0.7"; nothing when the text is no IPv4 address.
  [[nodiscard]] static std::optional<Address> parse(std::string_view text);
  // `network_order` as in struct in_addr.
  [[nodiscard]] static Address from_v4(uint32_t network_order);
  // As bytes() gave them.
  [[nodiscard]] static Address from_bytes(const std::array<uint8_t, 16>& bytes);

  // The IPv4 address in network order. REQUIRES an IPv4 address.
  [[nodiscard]] uint32_t v4() const;
  // IPv4 in its mapped form, in network order.
  [[nodiscard]] const std::array<uint8_t, 16>& bytes() const { return bytes_; }
  // The usual text form.
  [[nodiscard]] std::string text() const;

  friend bool operator==(const Address&, const Address&) = default;

 private:
  std::array<uint8_t, 16> bytes_{};
};

// "10.1.0.7:7946": an address and a port from 0 to 65535.
struct Endpoint {
  Address address;
  uint16_t port = 0;
  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};
[[nodiscard]] std::optional<Endpoint> parse_endpoint(std::string_view text);

}  // namespace buddyring
