// SPDX-License-Identifier: Apache-2.0
// Address: an IP address by value. Held as 16 bytes, IPv4 in its mapped form
// (::ffff:a.b.c.d), so that one type has room for both families.
//
// Theory of operation. An address has one value and, in text(), one text: the
// dotted form of IPv4, that of RFC 5952 for IPv6. What is read may be written
// otherwise (2001:DB8:0::7), but for two forms that are refused: IPv4 in its
// mapped form, which would be a second text of one address, and a zone (%eth0),
// which means something on one host only.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace buddyring {

class Address {
 public:
  static constexpr size_t size_bytes = 16;
  // The longest text(): eight groups of four digits.
  static constexpr size_t text_bytes_max = 39;

  // The unspecified IPv6 address, "::".
  Address() = default;

  // "10.1.0.7" or "2001:db8::7"; nothing when the text is no IP address.
  [[nodiscard]] static std::optional<Address> parse(std::string_view text);
  // `network_order` as in struct in_addr.
  [[nodiscard]] static Address from_v4(uint32_t network_order);
  // As bytes() returns them.
  [[nodiscard]] static Address from_bytes(std::span<const uint8_t, size_bytes> bytes);

  [[nodiscard]] bool is_v4() const;
  // The IPv4 address in network order. REQUIRES an IPv4 address.
  [[nodiscard]] uint32_t v4() const;
  // IPv4 in its mapped form, in network order.
  [[nodiscard]] const std::array<uint8_t, size_bytes>& bytes() const { return bytes_; }
  // The usual text form.
  [[nodiscard]] std::string text() const;

  // Why no server of a pool can have this address, such as "is a loopback
  // address"; "" when one can. The server table has the same rule (CheckAnnouncement,
  // and ServerAnnounceBeside for IPv4).
  [[nodiscard]] std::string_view why_no_server() const;

  friend bool operator==(const Address&, const Address&) = default;

 private:
  std::array<uint8_t, size_bytes> bytes_{};
};

// An address and a port from 0 to 65535: "10.1.0.7:7946", "[2001:db8::7]:7946".
struct Endpoint {
  Address address;
  uint16_t port = 0;

  [[nodiscard]] std::string text() const;
  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};
[[nodiscard]] std::optional<Endpoint> parse_endpoint(std::string_view text);

// As it stands in a URL and before a port: IPv6 in brackets.
[[nodiscard]] std::string host_text(const Address& address);

}  // namespace buddyring
