// SPDX-License-Identifier: Apache-2.0
// What may come in at the port for messages, for libFuzzer (`make fuzz`).
//
// Theory of operation. An input is read twice. First as it is: bytes from a
// stranger, which are measured, opened and decoded as the listener and the sender
// do. Then as a recipe: a message, the key it is sealed with, and damage to it. A
// property that does not hold aborts, as a sanitizer's finding does.
#include <fuzzer/FuzzedDataProvider.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "core/replace_message.h"
#include "core/result.h"
#include "posix/pool_keys.h"

namespace buddyring {
namespace {

using Bytes = std::vector<uint8_t>;

PoolKeys keys_of(const std::string& text) {
  std::string path = std::filesystem::temp_directory_path().string() + "/buddyring-fuzz-XXXXXX";
  const int file = ::mkstemp(path.data());
  BUDDYRING_ASSERT(file >= 0 && ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  ::close(file);
  PoolKeys keys = PoolKeys::read(path);
  std::filesystem::remove(path);
  return keys;
}

struct Keys {
  const std::string one = std::string(64, '1');
  const std::string two = std::string(64, '2');
  // Key 1 signs; key 2 is accepted; the lenient take unsigned messages, too.
  PoolKeys strict = keys_of("1 sign " + one + "\n2 accept " + two + "\n");
  PoolKeys lenient = keys_of("1 sign " + one + "\n2 accept " + two + "\n0 accept\n");
  PoolKeys signing_with_2 = keys_of("2 sign " + two + "\n");
};

const Keys& keys() {
  static const Keys keys;
  return keys;
}

// The message whose frame this is must have no other frame: so far as the body goes.
void expect_same_frame(const Frame& encoded, std::span<const uint8_t> frame) {
  BUDDYRING_ASSERT(std::ranges::equal(body_of(encoded.view()), body_of(frame)));
  BUDDYRING_ASSERT(type_of(encoded.view()) == type_of(frame));
  BUDDYRING_ASSERT(key_id_of(frame) != unsigned_key_id || std::ranges::equal(encoded.view(), frame));
}

void read_as_it_is(std::span<const uint8_t> bytes) {
  const FrameSize size = frame_size(bytes);
  // A stream is measured again with each piece that comes in.
  for (size_t piece = 0; piece <= std::min(bytes.size(), frame_header_bytes); ++piece) {
    const FrameSize early = frame_size(bytes.first(piece));
    BUDDYRING_ASSERT(piece < frame_header_bytes ? std::holds_alternative<std::monostate>(early) : early == size);
  }
  const size_t* whole = std::get_if<size_t>(&size);
  BUDDYRING_ASSERT(is_whole_frame(bytes) == (whole != nullptr && *whole == bytes.size()));
  const Frame question = encode(ExpectMessage{
      .pool = "p", .receiver = "r", .newcomer = {.name = "s", .address = {}, .replace_port = 1, .incarnation = 1}});
  static_cast<void>(keys().lenient.open_answer(bytes, question.view()));
  const Seal strictly = keys().strict.open(bytes);
  const Seal leniently = keys().lenient.open(bytes);
  BUDDYRING_ASSERT(strictly == leniently || (strictly == Seal::unsigned_refused && leniently == Seal::good));

  const auto message = decode_message(bytes);
  const auto acknowledgement = decode_acknowledgement(bytes);
  const auto* good_message = std::get_if<RingMessage>(&message);
  const auto* good_acknowledgement = std::get_if<ReplaceAck>(&acknowledgement);
  if (good_message != nullptr || good_acknowledgement != nullptr) {
    BUDDYRING_ASSERT(is_whole_frame(bytes) && (good_message == nullptr || good_acknowledgement == nullptr));
    expect_same_frame(good_message != nullptr ? encode(*good_message) : encode(*good_acknowledgement), bytes);
  }
}

// --- recipes -------------------------------------------------------------------

std::string make_name(FuzzedDataProvider& recipe) {
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  std::string name(recipe.ConsumeIntegralInRange<size_t>(1, limits::name_bytes_max), 'n');
  const std::string wanted = recipe.ConsumeBytesAsString(recipe.ConsumeIntegralInRange<size_t>(0, 4));
  for (size_t i = 0; i < std::min(name.size(), wanted.size()); ++i) {
    name[i] = letters[static_cast<uint8_t>(wanted[i]) % letters.size()];
  }
  return name;
}

Address make_address(FuzzedDataProvider& recipe) {
  if (recipe.ConsumeBool()) {
    return Address::from_v4(recipe.ConsumeIntegral<uint32_t>());
  }
  std::array<uint8_t, Address::size_bytes> bytes{};
  recipe.ConsumeData(bytes.data(), bytes.size());
  return Address::from_bytes(bytes);
}

Server make_server(FuzzedDataProvider& recipe) {
  Server server;
  server.name = make_name(recipe);
  server.address = make_address(recipe);
  server.replace_port = recipe.ConsumeIntegral<uint16_t>();
  server.incarnation = recipe.ConsumeIntegral<uint64_t>();
  return server;
}

RingMessage make_message(FuzzedDataProvider& recipe) {
  if (recipe.ConsumeBool()) {
    return ExpectMessage{.pool = make_name(recipe), .receiver = make_name(recipe), .newcomer = make_server(recipe)};
  }
  ReplaceMessage message;
  message.pool = make_name(recipe);
  message.receiver = make_name(recipe);
  message.receiver_epoch = recipe.ConsumeIntegral<uint64_t>();
  message.server_to_replace = recipe.ConsumeBool() ? make_name(recipe) : "";
  message.replacement = make_server(recipe);
  message.sender = make_name(recipe);
  message.sender_incarnation = recipe.ConsumeIntegral<uint64_t>();
  return message;
}

ReplaceAck make_acknowledgement(FuzzedDataProvider& recipe) {
  return {.code = static_cast<AckCode>(recipe.ConsumeIntegralInRange<unsigned>(1, 4)),
          .refusal = static_cast<Refusal>(recipe.ConsumeIntegralInRange<unsigned>(0, refusals - 1)),
          .epoch = recipe.ConsumeIntegral<uint64_t>()};
}

Bytes damaged(std::span<const uint8_t> frame, FuzzedDataProvider& recipe) {
  Bytes bytes(frame.begin(), frame.end());
  for (unsigned count = recipe.ConsumeIntegralInRange<unsigned>(1, 4); count > 0 && !bytes.empty(); --count) {
    const auto place = recipe.ConsumeIntegralInRange<size_t>(0, bytes.size() - 1);
    switch (recipe.ConsumeIntegralInRange<unsigned>(0, 4)) {
      case 0:
        bytes[place] ^= static_cast<uint8_t>(1U << recipe.ConsumeIntegralInRange<unsigned>(0, 7));
        break;
      case 1:
        bytes[place] = recipe.ConsumeIntegral<uint8_t>();
        break;
      case 2:
        bytes.resize(place);
        break;
      case 3:
        bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(place), recipe.ConsumeIntegral<uint8_t>());
        break;
      default:
        // Another key's name on it, or none.
        bytes[std::min(frame_key_id_offset, bytes.size() - 1)] = recipe.ConsumeIntegralInRange<uint8_t>(0, 3);
        break;
    }
  }
  return bytes;
}

void follow(FuzzedDataProvider& recipe) {
  const RingMessage message = make_message(recipe);
  const ReplaceAck acknowledgement = make_acknowledgement(recipe);
  const unsigned key = recipe.ConsumeIntegralInRange<unsigned>(0, 2);
  Frame question = encode(message);
  if (key != unsigned_key_id) {
    (key == 1 ? keys().strict : keys().signing_with_2).seal(question);
  }
  const PoolKeys& receiver = key != unsigned_key_id ? keys().strict : keys().lenient;
  BUDDYRING_ASSERT(receiver.open(question.view()) == Seal::good);
  BUDDYRING_ASSERT(std::get<RingMessage>(decode_message(question.view())) == message);

  Frame answer = encode(acknowledgement);
  receiver.seal_answer(answer, question.view());
  BUDDYRING_ASSERT(receiver.open_answer(answer.view(), question.view()) == Seal::good);
  BUDDYRING_ASSERT(std::get<ReplaceAck>(decode_acknowledgement(answer.view())) == acknowledgement);

  const bool damage_answer = recipe.ConsumeBool();
  const auto original = damage_answer ? answer.view() : question.view();
  const Bytes other = damaged(original, recipe);
  read_as_it_is(other);
  if (key == unsigned_key_id || std::ranges::equal(other, original)) {
    return;
  }
  const Seal seal = damage_answer ? receiver.open_answer(other, question.view()) : receiver.open(other);
  BUDDYRING_ASSERT(seal != Seal::good);
}

}  // namespace
}  // namespace buddyring

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  buddyring::read_as_it_is({data, size});
  FuzzedDataProvider recipe{data, size};
  buddyring::follow(recipe);
  return 0;
}
