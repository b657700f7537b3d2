// SPDX-License-Identifier: Apache-2.0
// Key files and the seals made with them: what a file may say, every bit of a
// sealed frame, and each step of an exchange of keys.
#include "posix/pool_keys.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <numeric>
#include <vector>

#include "core/replace_message.h"
#include "posix/startup_error.h"
#include "tests/lab/sandbox.h"

namespace buddyring {
namespace {

const std::string digits_1(64, '1');
const std::string digits_2(64, '2');
const std::string other_digits = "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b000000000000000000000000";

class PoolKeysTest : public testing::Test {
 protected:
  PoolKeysTest() {
    std::string pattern = testing::TempDir() + "buddyring-keys-XXXXXX";
    directory_ = ::mkdtemp(pattern.data());
  }
  ~PoolKeysTest() override { std::filesystem::remove_all(directory_); }

  std::string file(const std::string& text, mode_t mode = 0600) {
    std::string path = directory_ + "/keys";
    std::filesystem::remove(path);
    lab::make_file(path, text);
    EXPECT_EQ(::chmod(path.c_str(), mode), 0);
    return path;
  }
  PoolKeys keys(const std::string& text) { return PoolKeys::read(file(text)); }
  std::string refusal(const std::string& text, mode_t mode = 0600) {
    try {
      static_cast<void>(PoolKeys::read(file(text, mode)));
    } catch (const StartupError& error) {
      return error.what();
    }
    return "";
  }

  std::string directory_;
};

Frame expect_of(const std::string& newcomer) {
  return encode(ExpectMessage{
      .pool = "web",
      .receiver = "s1",
      .newcomer = {
          .name = newcomer, .address = Address::parse("10.1.0.4").value(), .replace_port = 7946, .incarnation = 78}});
}
Frame message() { return expect_of("s4"); }
Frame other_message() { return expect_of("s5"); }
Frame acknowledgement() { return encode(ReplaceAck{.code = AckCode::applied, .refusal = Refusal::none, .epoch = 3}); }

Frame sealed(const PoolKeys& keys, Frame frame = message()) {
  keys.seal(frame);
  return frame;
}
Frame answer(const PoolKeys& keys, const Frame& to) {
  Frame frame = acknowledgement();
  keys.seal_answer(frame, to.view());
  return frame;
}

// --- the file ------------------------------------------------------------------

TEST_F(PoolKeysTest, FileMayHaveCommentsBlankLinesAndNoNewlineAtItsEnd) {
  const PoolKeys some = keys("# since May\n\n  1  accept\t" + digits_1 + "  \n2 sign " + digits_2);
  EXPECT_EQ(key_id_of(sealed(some).view()), 2);
  EXPECT_EQ(some.open(sealed(keys("1 sign " + digits_1 + "\n")).view()), Seal::good);
}

TEST_F(PoolKeysTest, BadLinesAreNamedWithTheirNumberAndTheCure) {
  const std::string good = "1 sign " + digits_1 + "\n";
  const std::vector<std::pair<std::string, std::vector<std::string>>> cases{
      {good + "x accept " + digits_2, {"line 2", "0 to 255"}},
      {good + "256 accept " + digits_2, {"line 2", "0 to 255"}},
      {good + "-1 accept " + digits_2, {"line 2", "0 to 255"}},
      {"# one\n" + good + "\n2 verify " + digits_2, {"line 4", "sign nor accept"}},
      {good + "2", {"line 2", "sign nor accept"}},
      {good + "2 accept", {"line 2", "0 digits", "openssl rand -hex 32"}},
      {good + "2 accept " + digits_2 + "2", {"line 2", "65 digits"}},
      {good + "2 accept " + digits_2.substr(1), {"line 2", "63 digits"}},
      {good + "2 accept " + digits_2.substr(1) + "g", {"line 2", "no digit"}},
      {good + "2 accept +" + digits_2.substr(1), {"line 2", "no digit"}},
      {good + "2 accept " + digits_2 + " more", {"line 2", "follows"}},
      {good + "0 accept " + digits_2, {"line 2", "unsigned"}},
      {good + "1 accept " + digits_2, {"line 2", "second time"}},
      {good + "2 sign " + digits_2, {"line 2", "line 1", "accept"}},
      {"1 accept " + digits_1, {"sign"}},
      {"", {"sign"}},
  };
  for (const auto& [text, wanted] : cases) {
    const std::string said = refusal(text);
    EXPECT_NE(said.find(directory_ + "/keys"), std::string::npos) << text << "\n" << said;
    for (const auto& part : wanted) {
      EXPECT_NE(said.find(part), std::string::npos) << text << "\n" << said;
    }
    EXPECT_EQ(said.find(std::string(8, '2')), std::string::npos) << "a secret is shown: " << said;
    EXPECT_EQ(said.find('\n'), std::string::npos) << said;
  }
}

TEST_F(PoolKeysTest, NoMoreKeysThanTheLimit) {
  std::string text = "1 sign " + digits_1 + "\n";
  for (size_t id = 2; id <= limits::pool_keys_max; ++id) {
    text += std::to_string(id) + " accept " + digits_2 + "\n";
  }
  EXPECT_EQ(refusal(text), "");
  EXPECT_NE(refusal(text + "99 accept " + digits_2).find("line 9: more than 8 keys"), std::string::npos);
}

TEST_F(PoolKeysTest, FileThatOthersMayReadOrThatIsNoneIsRefused) {
  const std::string good = "1 sign " + digits_1 + "\n";
  EXPECT_NE(refusal(good, 0644).find("chmod 600"), std::string::npos);
  EXPECT_NE(refusal(std::string(5000, '#')).find("longer than 4096"), std::string::npos);
  try {
    static_cast<void>(PoolKeys::read("/nonexistent"));
    ADD_FAILURE() << "no file was read";
  } catch (const StartupError& error) {
    EXPECT_NE(std::string{error.what()}.find("read key file /nonexistent: "), std::string::npos) << error.what();
  }
}

// --- seals ---------------------------------------------------------------------

TEST_F(PoolKeysTest, SealIsTheHmacOfHeaderAndBody) {
  // Checked against another implementation: Python's hmac over the same bytes.
  const Frame frame = sealed(keys("7 sign " + other_digits));
  std::string seal;
  for (const uint8_t byte : seal_of(frame.view())) {
    constexpr std::string_view hex = "0123456789abcdef";
    seal += {hex[byte >> 4], hex[byte & 15]};
  }
  EXPECT_EQ(seal, "bb121b1cd0478d53c0e329cab5e31a20113f9c2df2d32029e1fa37689030170e");
}

TEST_F(PoolKeysTest, EveryBitOfASealedMessageCounts) {
  const PoolKeys some = keys("1 sign " + digits_1 + "\n2 accept " + digits_2);
  const Frame good = sealed(some);
  ASSERT_EQ(some.open(good.view()), Seal::good);
  for (size_t bit = 0; bit < 8 * good.size; ++bit) {
    Frame bad = good;
    bad.bytes[bit / 8] ^= static_cast<uint8_t>(1U << (bit % 8));
    EXPECT_NE(some.open(bad.view()), Seal::good) << "bit " << bit;
  }
}

TEST_F(PoolKeysTest, EveryBitOfASealedAnswerCounts) {
  const PoolKeys some = keys("1 sign " + digits_1 + "\n2 accept " + digits_2);
  const Frame asked = sealed(some);
  const Frame good = answer(some, asked);
  ASSERT_EQ(some.open_answer(good.view(), asked.view()), Seal::good);
  for (size_t bit = 0; bit < 8 * good.size; ++bit) {
    Frame bad = good;
    bad.bytes[bit / 8] ^= static_cast<uint8_t>(1U << (bit % 8));
    EXPECT_NE(some.open_answer(bad.view(), asked.view()), Seal::good) << "bit " << bit;
  }
}

TEST_F(PoolKeysTest, EveryTruncationOfASealedMessageIsRefused) {
  const PoolKeys some = keys("1 sign " + digits_1 + "\n0 accept");
  const Frame good = sealed(some);
  for (size_t size = 0; size < good.size; ++size) {
    EXPECT_NE(some.open(good.view().first(size)), Seal::good) << size;
  }
}

TEST_F(PoolKeysTest, AnswerFitsItsMessageOnly) {
  const PoolKeys some = keys("1 sign " + digits_1);
  const Frame asked = sealed(some);
  const Frame asked_elsewhere = sealed(some, other_message());
  const Frame answered = answer(some, asked);
  EXPECT_EQ(some.open_answer(answered.view(), asked.view()), Seal::good);
  EXPECT_EQ(some.open_answer(answered.view(), asked_elsewhere.view()), Seal::bad_mac);
  EXPECT_EQ(some.open(answered.view()), Seal::bad_mac) << "an answer is no message";
  EXPECT_EQ(some.open_answer(asked.view(), asked.view()), Seal::bad_mac) << "a message is no answer";
}

TEST_F(PoolKeysTest, AnswerOfWhoCouldNotReadTheMessageIsRefused) {
  const PoolKeys lenient = keys("1 sign " + digits_1 + "\n2 accept " + digits_2 + "\n0 accept");
  const Frame asked = sealed(lenient);
  EXPECT_EQ(lenient.open_answer(acknowledgement().view(), asked.view()), Seal::unsigned_refused);
  const Frame asked_with_2 = sealed(keys("2 sign " + digits_2));
  EXPECT_EQ(lenient.open_answer(answer(lenient, asked_with_2).view(), asked.view()), Seal::unknown_key);
}

TEST_F(PoolKeysTest, RefusalsAreToldByReason) {
  const PoolKeys some = keys("1 sign " + digits_1);
  EXPECT_EQ(some.open(message().view()), Seal::unsigned_refused);
  EXPECT_EQ(some.open(sealed(keys("1 sign " + digits_2)).view()), Seal::bad_mac);
  EXPECT_EQ(some.open(sealed(keys("2 sign " + digits_1)).view()), Seal::unknown_key);
  const PoolKeys two = keys("1 sign " + digits_1 + "\n2 accept " + digits_2);
  EXPECT_EQ(two.open(sealed(keys("2 sign " + digits_1)).view()), Seal::bad_mac) << "accepting is checking, too";
}

TEST_F(PoolKeysTest, WithoutAKeyFileMessagesAreUnsigned) {
  const PoolKeys none = PoolKeys::unsigned_only();
  const Frame asked = sealed(none);
  EXPECT_EQ(key_id_of(asked.view()), unsigned_key_id);
  EXPECT_EQ(none.open(asked.view()), Seal::good);
  EXPECT_EQ(none.open_answer(answer(none, asked).view(), asked.view()), Seal::good);
  EXPECT_EQ(none.open(sealed(keys("1 sign " + digits_1)).view()), Seal::unknown_key);
  const PoolKeys same = keys("0 sign");
  EXPECT_EQ(same.open(asked.view()), Seal::good);
  EXPECT_EQ(key_id_of(sealed(same).view()), unsigned_key_id);
}

// --- exchange of keys ------------------------------------------------------------

// `from` sends, `to` answers, `from` reads the answer.
std::string exchange(const PoolKeys& from, const PoolKeys& to) {
  const Frame asked = sealed(from);
  if (to.open(asked.view()) != Seal::good) {
    return "the message is refused";
  }
  return from.open_answer(answer(to, asked).view(), asked.view()) == Seal::good ? "" : "the answer is refused";
}

void expect_no_gap(const std::vector<PoolKeys>& steps) {
  for (size_t step = 0; step < steps.size(); ++step) {
    for (const size_t other : {step, step + 1}) {
      if (other < steps.size()) {
        EXPECT_EQ(exchange(steps[step], steps[other]), "") << "step " << step << " to " << other;
        EXPECT_EQ(exchange(steps[other], steps[step]), "") << "step " << other << " to " << step;
      }
    }
  }
  EXPECT_EQ(exchange(steps.front(), steps.back()), "the message is refused") << "the old key still works";
}

TEST_F(PoolKeysTest, AKeyIsExchangedWithoutAGap) {
  expect_no_gap({keys("1 sign " + digits_1), keys("1 sign " + digits_1 + "\n2 accept " + digits_2),
                 keys("1 accept " + digits_1 + "\n2 sign " + digits_2), keys("2 sign " + digits_2)});
}

TEST_F(PoolKeysTest, APoolWithoutKeysGetsItsFirstWithoutAGap) {
  expect_no_gap({PoolKeys::unsigned_only(), keys("0 sign\n1 accept " + digits_1), keys("0 accept\n1 sign " + digits_1),
                 keys("1 sign " + digits_1)});
}

// --- probes --------------------------------------------------------------------

using ProbeBytes = std::array<uint8_t, sizeof(buddyring_probe)>;

ProbeBytes some_probe() {
  ProbeBytes bytes{};
  std::iota(bytes.begin(), bytes.end(), uint8_t{0});
  return bytes;
}

// HMAC-SHA256 as the command line of OpenSSL computes it, the first half of it.
TEST_F(PoolKeysTest, KeysOfProbesAreMadeOfThePools) {
  const ProbeKeys made = keys("1 accept " + digits_1 + "\n2 sign " + digits_2 + "\n").for_probes();
  ASSERT_EQ(made.all().size(), 2U);
  EXPECT_EQ(made.all()[0].id, 1);
  EXPECT_EQ(made.all()[1].id, 2);
  EXPECT_EQ(made.all()[0].secret,
            (SipKey{0xfb, 0xd6, 0xb5, 0xc6, 0xd9, 0x21, 0x78, 0x8e, 0xb5, 0xf4, 0xba, 0x4d, 0xf4, 0xeb, 0x86, 0x0a}));
  EXPECT_EQ(made.all()[1].secret,
            (SipKey{0xad, 0xda, 0xbe, 0xbd, 0x7a, 0xa7, 0x29, 0x51, 0x66, 0xe9, 0xc1, 0x8e, 0x58, 0xa5, 0xa2, 0xed}));
}

TEST_F(PoolKeysTest, ProbesAreSealedWithTheKeyToSignWithAndNothingElseOfThemIsChanged) {
  const ProbeKeys made = keys("0 accept\n1 accept " + digits_1 + "\n2 sign " + digits_2 + "\n").for_probes();
  ProbeBytes sealed = some_probe();
  made.seal(sealed);
  ProbeBytes expected = some_probe();
  expected[offsetof(buddyring_probe, key)] = 2;
  const SipHash seal = sip_hash(made.all()[2].secret, std::span{expected}.first<offsetof(buddyring_probe, seal)>());
  std::ranges::copy(seal, expected.begin() + offsetof(buddyring_probe, seal));
  EXPECT_EQ(sealed, expected);
}

TEST_F(PoolKeysTest, ProbesOfAPoolWithoutKeysHaveNoSeal) {
  for (const ProbeKeys& made : {PoolKeys::unsigned_only().for_probes(), ProbeKeys::unsealed_only(),
                                keys("0 sign\n1 accept " + digits_1 + "\n").for_probes()}) {
    ProbeBytes sealed = some_probe();
    made.seal(sealed);
    ProbeBytes expected = some_probe();
    expected[offsetof(buddyring_probe, key)] = 0;
    std::fill_n(expected.begin() + offsetof(buddyring_probe, seal), sip_hash_bytes, uint8_t{0});
    EXPECT_EQ(sealed, expected);
  }
}

}  // namespace
}  // namespace buddyring
