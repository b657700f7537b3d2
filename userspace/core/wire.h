// SPDX-License-Identifier: Apache-2.0
// Big-endian fields into and out of byte buffers of a fixed size. A reader or
// writer that ran out of bytes stays failed and yields zeros, so that a codec
// checks once at its end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace buddyring {

class WireWriter {
 public:
  explicit WireWriter(std::span<uint8_t> buffer) : buffer_(buffer) {}

  template <class T>
  void number(T value) {
    for (size_t i = sizeof(T); i-- > 0;) {
      byte(static_cast<uint8_t>(value >> (8 * i)));
    }
  }
  void bytes(std::span<const uint8_t> data) {
    for (const uint8_t value : data) {
      byte(value);
    }
  }
  // One length byte, then the text. REQUIRES text.size() < 256.
  void text(std::string_view text) {
    byte(static_cast<uint8_t>(text.size()));
    for (const char value : text) {
      byte(static_cast<uint8_t>(value));
    }
  }

  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] size_t size() const { return size_; }

 private:
  void byte(uint8_t value) {
    if (size_ < buffer_.size()) {
      buffer_[size_++] = value;
    } else {
      ok_ = false;
    }
  }

  std::span<uint8_t> buffer_;
  size_t size_ = 0;
  bool ok_ = true;
};

class WireReader {
 public:
  explicit WireReader(std::span<const uint8_t> buffer) : buffer_(buffer) {}

  template <class T>
  [[nodiscard]] T number() {
    T value = 0;
    for (size_t i = 0; i < sizeof(T); ++i) {
      value = static_cast<T>((value << (sizeof(T) > 1 ? 8 : 0)) | byte());
    }
    return value;
  }
  void bytes(std::span<uint8_t> into) {
    for (uint8_t& value : into) {
      value = byte();
    }
  }
  [[nodiscard]] std::string text() {
    const size_t length = byte();
    if (length > remaining()) {
      ok_ = false;
      return {};
    }
    const auto text = buffer_.subspan(position_, length);
    position_ += length;
    return {text.begin(), text.end()};
  }

  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] size_t remaining() const { return buffer_.size() - position_; }

 private:
  uint8_t byte() {
    if (position_ < buffer_.size()) {
      return buffer_[position_++];
    }
    ok_ = false;
    return 0;
  }

  std::span<const uint8_t> buffer_;
  size_t position_ = 0;
  bool ok_ = true;
};

}  // namespace buddyring
