// SPDX-License-Identifier: Apache-2.0
#include "core/address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "core/result.h"

namespace buddyring {
namespace {

// An IPv4 address in its IPv6 form: ten zeros, two of 0xff, then its own four bytes.
constexpr size_t v4_offset = 12;
constexpr size_t mark_offset = 10;

// A decimal number of `most` at the start of `text`, without leading zeros;
// what was read is taken off `text`.
std::optional<uint32_t> take_number(std::string_view& text, uint32_t most) {
  uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const auto length = static_cast<size_t>(end - text.data());
  if (error != std::errc{} || number > most || (length > 1 && text.front() == '0')) {
    return std::nullopt;
  }
  text.remove_prefix(length);
  return number;
}

std::optional<Address> parse_v4(std::string_view text) {
  std::array<uint8_t, sizeof(uint32_t)> bytes{};
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (i > 0) {
      if (text.empty() || text.front() != '.') {
        return std::nullopt;
      }
      text.remove_prefix(1);
    }
    const auto byte = take_number(text, 255);
    if (!byte) {
      return std::nullopt;
    }
    bytes[i] = static_cast<uint8_t>(*byte);
  }
  if (!text.empty()) {
    return std::nullopt;
  }
  uint32_t network_order = 0;
  std::memcpy(&network_order, bytes.data(), bytes.size());
  return Address::from_v4(network_order);
}

std::optional<Address> parse_v6(std::string_view text) {
  std::array<char, INET6_ADDRSTRLEN> terminated{};
  if (text.size() >= terminated.size() || text.find('\0') != std::string_view::npos) {
    return std::nullopt;
  }
  std::ranges::copy(text, terminated.begin());
  std::array<uint8_t, Address::size_bytes> bytes{};
  if (::inet_pton(AF_INET6, terminated.data(), bytes.data()) != 1) {
    return std::nullopt;
  }
  const Address address = Address::from_bytes(bytes);
  return address.is_v4() ? std::nullopt : std::optional(address);
}

std::string_view why_no_v4_server(uint8_t first) {
  if (first == 0) {
    return "is no host's address";
  }
  if (first == 127) {
    return "is a loopback address";
  }
  return first >= 224 ? "is a multicast or reserved address" : "";
}

std::string_view why_no_v6_server(const std::array<uint8_t, Address::size_bytes>& bytes) {
  constexpr std::array<uint8_t, Address::size_bytes> loopback{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  if (bytes == loopback) {
    return "is a loopback address";
  }
  // "::" and IPv4 addresses in a form that nobody uses any more.
  if (std::all_of(bytes.begin(), bytes.begin() + v4_offset, [](uint8_t byte) { return byte == 0; })) {
    return "is no host's address";
  }
  if (bytes[0] == 0xff) {
    return "is a multicast address";
  }
  return bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80 ? "is a link-local address, which others cannot use" : "";
}

}  // namespace

std::optional<Address> Address::parse(std::string_view text) {
  return text.find(':') == std::string_view::npos ? parse_v4(text) : parse_v6(text);
}

Address Address::from_v4(uint32_t network_order) {
  Address address;
  address.bytes_[mark_offset] = address.bytes_[mark_offset + 1] = 0xff;
  std::memcpy(&address.bytes_[v4_offset], &network_order, sizeof network_order);
  return address;
}

Address Address::from_bytes(std::span<const uint8_t, size_bytes> bytes) {
  Address address;
  std::ranges::copy(bytes, address.bytes_.begin());
  return address;
}

bool Address::is_v4() const {
  const auto mark = bytes_.begin() + mark_offset;
  return std::all_of(bytes_.begin(), mark, [](uint8_t byte) { return byte == 0; }) && mark[0] == 0xff &&
         mark[1] == 0xff;
}

uint32_t Address::v4() const {
  BUDDYRING_ASSERT(is_v4());
  uint32_t network_order = 0;
  std::memcpy(&network_order, &bytes_[v4_offset], sizeof network_order);
  return network_order;
}

std::string Address::text() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const bool written = is_v4() ? ::inet_ntop(AF_INET, &bytes_[v4_offset], text.data(), text.size()) != nullptr
                               : ::inet_ntop(AF_INET6, bytes_.data(), text.data(), text.size()) != nullptr;
  BUDDYRING_ASSERT(written);
  return text.data();
}

std::string_view Address::why_no_server() const {
  return is_v4() ? why_no_v4_server(bytes_[v4_offset]) : why_no_v6_server(bytes_);
}

std::string host_text(const Address& address) { return address.is_v4() ? address.text() : "[" + address.text() + "]"; }

std::string Endpoint::text() const { return host_text(address) + ":" + std::to_string(port); }

std::optional<Endpoint> parse_endpoint(std::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) {
    return std::nullopt;
  }
  // Without brackets, the last group of an IPv6 address would be taken for a port.
  std::string_view host = text.substr(0, colon);
  const bool brackets = host.size() >= 2 && host.front() == '[' && host.back() == ']';
  if (brackets) {
    host = host.substr(1, host.size() - 2);
  }
  const auto address = Address::parse(host);
  text.remove_prefix(colon + 1);
  const auto port = take_number(text, 65535);
  if (!address || address->is_v4() == brackets || !port || !text.empty()) {
    return std::nullopt;
  }
  return Endpoint{*address, static_cast<uint16_t>(*port)};
}

}  // namespace buddyring
