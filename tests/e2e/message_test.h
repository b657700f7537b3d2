// SPDX-License-Identifier: Apache-2.0
// MessageTest: what talks to the port for messages of s1 as a stranger would.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "core/replace_message.h"
#include "posix/fd.h"
#include "posix/pool_keys.h"
#include "shared_lab.h"

namespace buddyring::e2e {

// Lines of key files: the pool's, the next, and one that the pool never had.
extern const std::string key_1;
extern const std::string key_2;
extern const std::string strange_key_1;

// A new key file of this text; its path.
[[nodiscard]] std::string key_file(const std::string& text);

[[nodiscard]] std::string text_of(const Frame& frame);

class MessageTest : public PoolTest {
 protected:
  using PoolTest::PoolTest;

  // What expect_counted_and_without_effect compares with. REQUIRES s1.
  void note_what_must_stay();

  [[nodiscard]] Fd connect();
  // What the stranger does when it has said all.
  enum class Ending : uint8_t { listens, closed };
  // Sends it and returns what comes back before the agent closes.
  std::string exchange(const std::string& bytes, Ending ending = Ending::listens);
  // Sends a message that is to be answered, under the keys of this text; "": none.
  ReplaceAck send(const RingMessage& message, const std::string& keys = "");
  // REQUIRES a key to sign with.
  [[nodiscard]] Frame sealed(const RingMessage& message, const std::string& keys);

  // An honest one, but for what a test changes: s1's next epoch, one of its buddies.
  [[nodiscard]] ReplaceMessage plausible() const;
  [[nodiscard]] ExpectMessage plausible_expect() const;

  // `reason`: the counter of those that are told apart by it, which must have counted them all.
  void expect_counted_and_without_effect(uint64_t count, const __u64 buddyring_report::*reason = nullptr);

 private:
  std::optional<lab::OwnList> list_before_;
  buddyring_report report_before_{};
};

}  // namespace buddyring::e2e
