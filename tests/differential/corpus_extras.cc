// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <initializer_list>
#include <utility>

#include "tests/differential/corpus_maker.h"

namespace buddyring::differential {
namespace {

constexpr size_t ipv4_options_max = 40;
constexpr uint16_t more_fragments = 0x2000;
constexpr uint8_t fragment_header = 44;

}  // namespace

Bytes CorpusMaker::piece_of(const Bytes& frame, size_t at, size_t bytes, uint32_t identification) const {
  const auto message = frame.begin() + static_cast<ptrdiff_t>(ethernet_header_bytes + header_bytes());
  const bool is_last = message + static_cast<ptrdiff_t>(at + bytes) == frame.end();
  Bytes piece(frame.begin(), message);
  uint8_t* ip = piece.data() + ethernet_header_bytes;
  if (is_v6_) {
    std::array<uint8_t, 8> header{protocol_icmpv6};
    put<uint16_t>(header.data() + 2, static_cast<uint16_t>(at | (is_last ? 0 : 1)));
    put<uint32_t>(header.data() + 4, identification);
    put<uint16_t>(ip + 4, static_cast<uint16_t>(bytes + header.size()));
    ip[6] = fragment_header;
    piece.insert(piece.end(), header.begin(), header.end());
  } else {
    put<uint16_t>(ip + 2, static_cast<uint16_t>(ipv4_header_bytes + bytes));
    put<uint16_t>(ip + 6, static_cast<uint16_t>(at / 8 | (is_last ? 0U : more_fragments)));
    mend_ipv4_checksum(piece);
  }
  piece.insert(piece.end(), message + static_cast<ptrdiff_t>(at), message + static_cast<ptrdiff_t>(at + bytes));
  return piece;
}

void CorpusMaker::fragment(const std::string& name, const Draft& whole, size_t piece_bytes, bool backwards, bool all) {
  Bytes frame;
  whole.write(frame);
  const size_t message_bytes = frame.size() - ethernet_header_bytes - header_bytes();
  const auto identification = static_cast<uint32_t>(prng_.next());
  std::vector<Bytes> pieces;
  for (size_t at = 0; at < message_bytes; at += piece_bytes) {
    pieces.push_back(piece_of(frame, at, std::min(piece_bytes, message_bytes - at), identification));
  }
  if (!all && pieces.size() < 2) {
    return;
  }
  if (backwards) {
    std::reverse(pieces.begin(), pieces.end());
  }
  pieces.resize(all ? pieces.size() : pieces.size() - 1);
  requests_.push_back({.name = (is_v6_ ? "IPv6, " : "IPv4, ") + name, .is_v6 = is_v6_, .frames = std::move(pieces)});
}

void CorpusMaker::fragments() {
  for (const size_t bytes : {16U, 57U, 600U, 1400U, 2000U, 2801U}) {
    for (const size_t piece : {8U, 64U, 512U, 1400U}) {
      for (const bool backwards : {false, true}) {
        const Draft whole = any(bytes);
        if (bytes / piece < 16) {
          fragment("fragments of " + std::to_string(piece), whole, piece, backwards, true);
          fragment("fragments but one", any(bytes), piece, backwards, false);
        }
      }
    }
  }
}

void CorpusMaker::ipv4_options() {
  // The last four are wrong in themselves.
  const std::vector<std::pair<const char*, Bytes>> options{
      {"no operation", {1, 1, 1, 1}},
      {"end of options", {0, 0, 0, 0}},
      {"record route", {7, 11, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0}},
      {"record route, full", {7, 7, 8, 10, 9, 0, 9, 0}},
      {"router alert", {148, 4, 0, 0}},
      {"security", {130, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}},
      {"stream identifier", {136, 4, 0, 7}},
      {"loose source route", {131, 7, 4, 10, 9, 0, 9, 0}},
      {"strict source route", {137, 7, 4, 10, 9, 0, 9, 0}},
      {"unknown", {99, 4, 1, 2}},
      {"a length of 0", {7, 0, 4, 0}},
      {"a length of 1", {7, 1, 4, 0}},
      {"longer than the header", {7, 40, 4, 0}},
      {"a bad pointer", {7, 7, 2, 0, 0, 0, 0, 0}},
  };
  for (const auto& [name, bytes] : options) {
    for (const bool peer : {true, false}) {
      for (const size_t data_bytes : {0U, 56U, 1000U}) {
        Draft draft = from(peer, data_bytes);
        draft.header_words = static_cast<uint8_t>(5 + bytes.size() / 4);
        add_with(std::string("options: ") + name, draft, bytes);
      }
    }
  }
  for (const uint8_t words : std::initializer_list<uint8_t>{0, 1, 4}) {
    Draft draft = any(56);
    draft.header_words = words;
    add("a header of " + std::to_string(words) + " words", draft);
  }
  Draft longest = any(56);
  longest.header_words = static_cast<uint8_t>((ipv4_header_bytes + ipv4_options_max) / 4);
  add("all the options that fit", longest);
}

void CorpusMaker::ipv6_extensions() {
  const std::vector<std::pair<const char*, Bytes>> headers{
      {"padding", {58, 0, 1, 4, 0, 0, 0, 0}},
      {"router alert", {58, 0, 5, 2, 0, 0, 1, 0}},
      {"an unknown option, skip", {58, 0, 0x1E, 4, 0, 0, 0, 0}},
      {"an unknown option, discard", {58, 0, 0x5E, 4, 0, 0, 0, 0}},
      {"an unknown option, tell", {58, 0, 0x9E, 4, 0, 0, 0, 0}},
      {"longer than the packet", {58, 255, 1, 4, 0, 0, 0, 0}},
      {"no next header", {59, 0, 1, 4, 0, 0, 0, 0}},
  };
  constexpr std::array<uint8_t, 9> numbers{0, 43, 44, 50, 51, 60, 135, 139, 140};
  for (const auto& [name, bytes] : headers) {
    for (const uint8_t number : numbers) {
      for (const bool peer : {true, false}) {
        Draft draft = from(peer, 56 + number % 2);
        draft.extension = number;
        add_with("extension header " + std::to_string(number) + ": " + name, draft, bytes);
      }
    }
  }
}

}  // namespace buddyring::differential
