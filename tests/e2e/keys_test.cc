// SPDX-License-Identifier: Apache-2.0
// A pool with keys: what is not sealed with one of them changes nothing, nor does
// what was sealed and is sent again; and keys are exchanged while it runs.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "message_test.h"
#include "tests/lab/wait.h"

namespace buddyring::e2e {
namespace {

using Json = nlohmann::json;

class Keys : public MessageTest {
 protected:
  Keys() : MessageTest({.key_file = key_file(key_1)}) {}

  lab::Completed ctl(std::vector<std::string> words) {
    words.push_back("--pool=" + pool.name());
    words.emplace_back("--json");
    return SharedLab::get().buddyctl(std::move(words));
  }
};

// Three servers, and what a stranger says to the first of them.
class Forged : public Keys {
 protected:
  void SetUp() override {
    add_servers(3);
    note_what_must_stay();
  }
};

TEST_F(Forged, WithoutAKeyIsClosed) {
  EXPECT_EQ(exchange(text_of(encode(plausible()))), "");
  EXPECT_EQ(exchange(text_of(encode(plausible_expect()))), "");
  expect_counted_and_without_effect(2, &buddyring_report::replaces_unsigned);
}

TEST_F(Forged, WithAnotherKeyIsClosed) {
  EXPECT_EQ(exchange(text_of(sealed(plausible(), strange_key_1))), "");
  EXPECT_EQ(exchange(text_of(sealed(plausible_expect(), strange_key_1))), "");
  expect_counted_and_without_effect(2, &buddyring_report::replaces_bad_mac);
}

TEST_F(Forged, WithAKeyThatNobodyKnowsIsClosed) {
  EXPECT_EQ(exchange(text_of(sealed(plausible(), key_2))), "");
  EXPECT_EQ(exchange(text_of(sealed(plausible_expect(), key_2))), "");
  expect_counted_and_without_effect(2, &buddyring_report::replaces_unknown_key);
}

TEST_F(Forged, ByASingleBitIsClosed) {
  uint64_t count = 0;
  for (const size_t offset : {frame_type_offset, frame_header_bytes + 1, size_t{40}}) {
    Frame frame = sealed(plausible(), key_1);
    frame.bytes.at(offset) ^= 2;
    EXPECT_EQ(exchange(text_of(frame)), "") << offset;
    ++count;
  }
  Frame frame = sealed(plausible(), key_1);
  frame.bytes.at(frame.size - 1) ^= 1;
  EXPECT_EQ(exchange(text_of(frame)), "");
  expect_counted_and_without_effect(count + 1, &buddyring_report::replaces_bad_mac);
}

TEST_F(Forged, ByCuttingItShortIsClosedAtAnyLength) {
  const std::string bytes = text_of(sealed(plausible(), key_1));
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_EQ(exchange(bytes.substr(0, size), Ending::closed), "") << size;
  }
  expect_counted_and_without_effect(bytes.size(), &buddyring_report::replaces_broken);
}

TEST_F(Forged, ByCuttingItShortWithAFittingHeaderIsClosedAtAnyLength) {
  const std::string whole = text_of(sealed(plausible(), key_1));
  const size_t shortest = frame_header_bytes + frame_seal_bytes;
  for (size_t size = shortest; size < whole.size(); ++size) {
    std::string bytes = whole.substr(0, size);
    bytes[frame_length_offset] = static_cast<char>((size - shortest) >> 8);
    bytes[frame_length_offset + 1] = static_cast<char>(size - shortest);
    EXPECT_EQ(exchange(bytes), "") << size;
  }
  expect_counted_and_without_effect(whole.size() - shortest, &buddyring_report::replaces_bad_mac);
}

TEST_F(Forged, CountsShowInStatus) {
  EXPECT_EQ(exchange(text_of(encode(plausible()))), "");
  EXPECT_EQ(exchange(text_of(sealed(plausible(), key_2))), "");
  EXPECT_EQ(exchange(text_of(sealed(plausible(), strange_key_1))), "");
  expect_counted_and_without_effect(1, &buddyring_report::replaces_bad_mac);
  const lab::Completed status = ctl({"status", "--server=s1"});
  ASSERT_EQ(status.exit, ended_well) << status.err;
  const Json reasons = Json::parse(status.out).at("agent").at("replaces_refused_for");
  EXPECT_EQ(reasons.at("unsigned"), 1);
  EXPECT_EQ(reasons.at("unknown_key"), 1);
  EXPECT_EQ(reasons.at("bad_mac"), 1);
}

TEST_F(Keys, AreNoObstacleToARingThatHeals) {
  add_servers(4);
  pool["s2"].kill();
  all.erase("s2");
  EXPECT_EQ(pool.settle(all), "");
  for (const auto& server : all) {
    EXPECT_EQ(pool[server].report().replaces_unsigned, 0U);
    EXPECT_EQ(pool[server].report().replaces_unknown_key, 0U);
    EXPECT_EQ(pool[server].report().replaces_bad_mac, 0U);
  }
}

// The server table's answers to anybody's calls.
uint64_t calls_so_far() {
  const auto rows = SharedLab::get().database().execute("SHOW GLOBAL STATUS LIKE 'Com_call_procedure'");
  return std::stoull(rows.at(0).at(1));
}

TEST_F(Keys, DoNotLetAGoodMessageCountTwice) {
  constexpr unsigned times = 20;
  add_servers(2);
  pool.add("s3");
  all.insert("s3");
  ASSERT_EQ(pool.settle(all), "");
  // What s3 told s1 when it came, byte for byte: whom else could s1 have had than s2.
  const auto list = pool["s1"].own_list();
  ASSERT_TRUE(list);
  ReplaceMessage recorded{.pool = pool.name(),
                          .receiver = "s1",
                          .receiver_epoch = list->epoch,
                          .server_to_replace = "s2",
                          .replacement = {.name = "s3",
                                          .address = Address::parse(pool["s3"].address()).value(),
                                          .replace_port = lab::default_replace_port,
                                          .incarnation = pool.incarnations().at("s3")},
                          .sender = "s3",
                          .sender_incarnation = pool.incarnations().at("s3")};
  note_what_must_stay();
  EXPECT_EQ(send(recorded, key_1).code, AckCode::already) << "it is not what s3 sent";

  ASSERT_EQ(pool["s3"].stop(), ended_well);
  all.erase("s3");
  ASSERT_EQ(pool.settle(all), "");
  note_what_must_stay();
  // On a slow machine s3 has said it twice of its own accord, too.
  const uint64_t repeated = pool["s1"].report().replaces_repeated;
  EXPECT_GE(repeated, 1U);
  const uint64_t calls = calls_so_far();
  for (unsigned i = 0; i < times; ++i) {
    EXPECT_EQ(send(recorded, key_1).code, AckCode::stale);
  }
  EXPECT_FALSE(lab::wait_until([&] { return calls_so_far() > calls; }, std::chrono::milliseconds{500}))
      << "somebody asked the server table because of it";
  expect_counted_and_without_effect(times);
  EXPECT_EQ(pool["s1"].report().replaces_stale, times);
  EXPECT_EQ(pool["s1"].report().replaces_repeated, repeated);
}

TEST_F(Keys, AreNeededToTellBuddiesOfARemoval) {
  add_servers(4);
  const auto said_of_removal = [&](const std::vector<std::string>& words, int status) {
    const lab::Completed removed = ctl(words);
    EXPECT_EQ(removed.exit, (lab::Exit{.code = status, .signal = 0})) << removed.err;
    const Json document = Json::parse(removed.out);
    std::vector<std::string> said;
    for (const auto& buddy : document.at("buddies")) {
      said.push_back(buddy.at("said"));
    }
    return said;
  };
  const std::vector<std::string> understood{"applied", "applied"};
  EXPECT_EQ(said_of_removal({"remove", "s2", "--yes", "--key-file=" + key_file(key_1)}, 0), understood);
  ASSERT_EQ(pool.settle(all), "") << "it lives, so it must come back";

  // Without the key nobody is told: here the buddies find out by themselves.
  pool["s2"].process().signal(SIGSTOP);
  for (const std::string& said : said_of_removal({"remove", "s2", "--yes"}, 1)) {
    EXPECT_NE(said.find("--key-file"), std::string::npos) << said;
  }
  all.erase("s2");
  EXPECT_EQ(pool.settle(all), "");
}

// From no key to the first, and from the first to the second.
TEST_F(Keys, AreExchangedServerByServer) {
  const auto accept = [](std::string line) { return line.replace(line.find("sign"), 4, "accept"); };
  pool.prepare("s1").settings().key_file = "";
  pool.prepare("s2").settings().key_file = "";
  pool.prepare("s3").settings().key_file = "";
  all = {"s1", "s2", "s3"};
  for (const auto& server : all) {
    pool[server].start();
  }
  ASSERT_EQ(pool.settle(all), "");

  for (const std::string& step :
       {"0 sign\n" + accept(key_1), "0 accept\n" + key_1, key_1, key_1 + accept(key_2), accept(key_1) + key_2, key_2}) {
    for (const auto& server : all) {
      ASSERT_EQ(pool[server].stop(), ended_well) << "its leave was not acknowledged";
      pool[server].settings().key_file = key_file(step);
      pool[server].start();
      ASSERT_EQ(pool.settle(all), "") << server << " with\n" << step;
    }
    for (const auto& server : all) {
      const buddyring_report report = pool[server].report();
      EXPECT_EQ(report.replaces_unsigned + report.replaces_unknown_key + report.replaces_bad_mac, 0U)
          << server << " with\n"
          << step;
    }
  }
}

}  // namespace
}  // namespace buddyring::e2e
