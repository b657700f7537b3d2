// SPDX-License-Identifier: Apache-2.0
#include "core/address.h"

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

}  // namespace

std::optional<Address> Address::parse(std::string_view text) {
  Address address;
  address.bytes_[mark_offset] = address.bytes_[mark_offset + 1] = 0xff;
  for (size_t i = v4_offset; i < address.bytes_.size(); ++i) {
    if (i > v4_offset) {
      if (text.empty() || text.front() != '.') {
        return std::nullopt;
      }
      text.remove_prefix(1);
    }
    const auto byte = take_number(text, 255);
    if (!byte) {
      return std::nullopt;
    }
    address.bytes_[i] = static_cast<uint8_t>(*byte);
  }
  if (!text.empty()) {
    return std::nullopt;
  }
  return address;
}

Address Address::from_v4(uint32_t network_order) {
  Address address;
  address.bytes_[mark_offset] = address.bytes_[mark_offset + 1] = 0xff;
  std::memcpy(&address.bytes_[v4_offset], &network_order, sizeof network_order);
  return address;
}

Address Address::from_bytes(const std::array<uint8_t, 16>& bytes) {
  Address address;
  address.bytes_ = bytes;
  return address;
}

uint32_t Address::v4() const {
  BUDDYRING_ASSERT(bytes_[mark_offset] == 0xff && bytes_[mark_offset + 1] == 0xff);
  uint32_t network_order = 0;
  std::memcpy(&network_order, &bytes_[v4_offset], sizeof network_order);
  return network_order;
}

std::string Address::text() const {
  std::string text;
  for (size_t i = v4_offset; i < bytes_.size(); ++i) {
    text += text.empty() ? "" : ".";
    text += std::to_string(bytes_[i]);
  }
  return text;
}

std::optional<Endpoint> parse_endpoint(std::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) {
    return std::nullopt;
  }
  const auto address = Address::parse(text.substr(0, colon));
  text.remove_prefix(colon + 1);
  const auto port = take_number(text, 65535);
  if (!address || !port || !text.empty()) {
    return std::nullopt;
  }
  return Endpoint{*address, static_cast<uint16_t>(*port)};
}

}  // namespace buddyring
