// SPDX-License-Identifier: Apache-2.0
#include "posix/pool_keys.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

#include "core/result.h"
#include "posix/secret_file.h"
#include "posix/startup_error.h"

namespace buddyring {
namespace {

using Mac = std::array<uint8_t, frame_seal_bytes>;

Mac mac_of(std::span<const uint8_t> secret, std::span<const uint8_t> sealed_part,
           std::span<const uint8_t> answered_seal) {
  std::array<uint8_t, limits::replace_message_bytes_max + frame_seal_bytes> input{};
  BUDDYRING_ASSERT(sealed_part.size() + answered_seal.size() <= input.size());
  const auto end = std::ranges::copy(sealed_part, input.begin()).out;
  std::ranges::copy(answered_seal, end);
  Mac mac{};
  unsigned length = 0;
  const uint8_t* made = HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), input.data(),
                             sealed_part.size() + answered_seal.size(), mac.data(), &length);
  BUDDYRING_ASSERT(made != nullptr && length == mac.size());
  return mac;
}

// Takes the first word off `line`; empty when there is none.
std::string_view take_word(std::string_view& line) {
  constexpr std::string_view blanks = " \t";
  line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
  const std::string_view word = line.substr(0, line.find_first_of(blanks));
  line.remove_prefix(word.size());
  return word;
}

// The whole of `text` as a number of `base`; nothing when it is none, or too large.
std::optional<uint8_t> byte_of(std::string_view text, int base) {
  uint8_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  const bool whole = problem == std::errc{} && end == text.data() + text.size();
  return whole ? std::optional(value) : std::nullopt;
}

// A text that does not stay in memory.
class SecretText {
 public:
  explicit SecretText(std::string text) : text_(std::move(text)) {}
  ~SecretText() { OPENSSL_cleanse(text_.data(), text_.size()); }
  SecretText(const SecretText&) = delete;
  SecretText& operator=(const SecretText&) = delete;
  [[nodiscard]] std::string_view view() const { return text_; }

 private:
  std::string text_;
};

}  // namespace

// Reads a key file line by line. No message shows a secret, not even a wrong one.
class KeyFile {
 public:
  explicit KeyFile(const std::string& path) : path_(path) {}

  [[nodiscard]] PoolKeys read() {
    const SecretText text{read_secret_file("key file", path_, limits::key_file_bytes_max)};
    std::string_view rest = text.view();
    while (!rest.empty()) {
      ++line_number_;
      const std::string_view line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(line.size() + 1, rest.size()));
      read_line(line);
    }
    if (sign_line_ == 0) {
      throw StartupError("read key file " + path_ + ": no key is there to sign with; give one line the use sign");
    }
    return keys_;
  }

 private:
  [[noreturn]] void refuse(const std::string& why_and_cure) const {
    throw StartupError("read key file " + path_ + ", line " + std::to_string(line_number_) + ": " + why_and_cure);
  }

  void read_line(std::string_view line) {
    const std::string_view id_word = take_word(line);
    if (id_word.empty() || id_word.front() == '#') {
      return;
    }
    const std::string_view use = take_word(line);
    const std::string_view digits = take_word(line);
    const auto id = byte_of(id_word, 10);
    if (!id) {
      refuse("it does not begin with a key id; lines are `ID USE HEX` with an id from 0 to 255");
    }
    if (use != "sign" && use != "accept") {
      refuse("the use of key " + std::to_string(*id) + " is neither sign nor accept; lines are `ID USE HEX`");
    }
    if (!take_word(line).empty()) {
      refuse("something follows key " + std::to_string(*id) + "; lines are `ID USE HEX`");
    }
    if (keys_.find(*id) != nullptr) {
      refuse("key " + std::to_string(*id) + " is there a second time; give another key another id");
    }
    if (keys_.count_ == keys_.keys_.size()) {
      refuse("more than " + std::to_string(keys_.keys_.size()) + " keys; remove those that nobody signs with any more");
    }
    PoolKeys::Key& key = keys_.keys_[keys_.count_];
    read_secret(*id, digits, key);
    key.id = *id;
    ++keys_.count_;
    if (use == "sign") {
      note_sign(*id);
    }
  }

  void read_secret(uint8_t id, std::string_view digits, PoolKeys::Key& key) const {
    if (id == unsigned_key_id) {
      if (!digits.empty()) {
        refuse("key 0 stands for unsigned messages and has no digits; give a key an id from 1 to 255");
      }
      return;
    }
    const std::string cure = "give " + std::to_string(2 * key.secret.size()) +
                             " hexadecimal digits, such as `openssl rand -hex " + std::to_string(key.secret.size()) +
                             "` prints";
    if (digits.size() != 2 * key.secret.size()) {
      refuse("key " + std::to_string(id) + " has " + std::to_string(digits.size()) + " digits; " + cure);
    }
    for (size_t i = 0; i < key.secret.size(); ++i) {
      const auto byte = byte_of(digits.substr(2 * i, 2), 16);
      if (!byte) {
        refuse("key " + std::to_string(id) + " has something in it that is no digit; " + cure);
      }
      key.secret[i] = *byte;
    }
  }

  void note_sign(uint8_t id) {
    if (sign_line_ != 0) {
      refuse("line " + std::to_string(sign_line_) + " has a key to sign with already; give one of them the use accept");
    }
    sign_line_ = line_number_;
    keys_.sign_id_ = id;
  }

  const std::string& path_;
  PoolKeys keys_;
  unsigned line_number_ = 0;
  unsigned sign_line_ = 0;  // 0: none yet
};

PoolKeys PoolKeys::read(const std::string& path) { return KeyFile{path}.read(); }

PoolKeys PoolKeys::unsigned_only() {
  PoolKeys keys;
  keys.count_ = 1;  // key 0, to sign with
  return keys;
}

PoolKeys::~PoolKeys() { OPENSSL_cleanse(keys_.data(), sizeof keys_); }

const PoolKeys::Key* PoolKeys::find(uint8_t id) const {
  const auto known = std::span{keys_}.first(count_);
  const auto place = std::ranges::find(known, id, &Key::id);
  return place != known.end() ? &*place : nullptr;
}

ProbeKeys PoolKeys::for_probes() const {
  ProbeKeys made;
  for (const Key& key : std::span{keys_}.first(count_)) {
    made.add(key.id, key.secret, key.id == sign_id_);
  }
  return made;
}

void PoolKeys::seal(Frame& message) const { seal(message, sign_id_, {}); }

Seal PoolKeys::open(std::span<const uint8_t> message) const { return open(message, {}); }

void PoolKeys::seal_answer(Frame& answer, std::span<const uint8_t> message) const {
  seal(answer, key_id_of(message), seal_of(message));
}

Seal PoolKeys::open_answer(std::span<const uint8_t> answer, std::span<const uint8_t> message) const {
  // Under another key, or without one, it does not come from who could read the message.
  if (is_whole_frame(answer) && key_id_of(answer) != key_id_of(message)) {
    return key_id_of(answer) == unsigned_key_id ? Seal::unsigned_refused : Seal::unknown_key;
  }
  return open(answer, seal_of(message));
}

void PoolKeys::seal(Frame& frame, uint8_t key_id, std::span<const uint8_t> answered_seal) const {
  if (key_id == unsigned_key_id) {
    return;
  }
  const Key* key = find(key_id);
  BUDDYRING_ASSERT(key != nullptr);
  const auto place = add_seal(frame, key_id);
  std::ranges::copy(mac_of(key->secret, sealed_part_of(frame.view()), answered_seal), place.begin());
}

Seal PoolKeys::open(std::span<const uint8_t> frame, std::span<const uint8_t> answered_seal) const {
  if (!is_whole_frame(frame)) {
    return Seal::bad_mac;
  }
  const uint8_t id = key_id_of(frame);
  const Key* key = find(id);
  if (key == nullptr) {
    return id == unsigned_key_id ? Seal::unsigned_refused : Seal::unknown_key;
  }
  if (id == unsigned_key_id) {
    return Seal::good;
  }
  const Mac expected = mac_of(key->secret, sealed_part_of(frame), answered_seal);
  // Takes as long wherever they differ.
  const bool equal = CRYPTO_memcmp(expected.data(), seal_of(frame).data(), expected.size()) == 0;
  return equal ? Seal::good : Seal::bad_mac;
}

}  // namespace buddyring
