// SPDX-License-Identifier: Apache-2.0
#include "tests/differential/corpus.h"

#include <algorithm>
#include <array>
#include <initializer_list>

#include "tests/differential/draft.h"
#include "tests/differential/wire.h"
#include "tests/sim/prng.h"

namespace buddyring::differential {
namespace {

constexpr size_t mtu_bytes = 1500;
constexpr size_t ethernet_payload_min = 46;
constexpr size_t ipv4_options_max = 40;
constexpr uint16_t dont_fragment = 0x4000;
constexpr uint16_t more_fragments = 0x2000;

class Corpus {
 public:
  Corpus(uint64_t seed, uint64_t target) : prng_(seed, 0), target_(target) {}

  std::vector<Request> make() {
    for (const bool is_v6 : {false, true}) {
      is_v6_ = is_v6;
      sizes();
      header_fields();
      paddings();
      tags();
      checksums();
      lengths();
      types();
      addresses();
      fragments();
      probes();
    }
    is_v6_ = false;
    ipv4_options();
    is_v6_ = true;
    ipv6_extensions();
    return std::move(requests_);
  }

 private:
  // A request of the peer or, every other time, of the stranger.
  Draft any(size_t data_bytes) {
    const Cast& cast = cast_of(is_v6_);
    from_peer_ = !from_peer_;
    Draft draft = request_from(cast, from_peer_ ? cast.peer : cast.stranger);
    draft.identifier = static_cast<uint16_t>(prng_.below(0xFFF0));  // the heralds' are above
    draft.sequence = static_cast<uint16_t>(prng_.next());
    draft.identification = static_cast<uint16_t>(prng_.next());
    draft.fragment = prng_.chance(0.5) ? dont_fragment : 0;
    draft.flow_label = static_cast<uint32_t>(prng_.next());
    draft.traffic_class = static_cast<uint8_t>(prng_.next());
    draft.hops = static_cast<uint8_t>(1 + prng_.below(255));
    draft.data.resize(data_bytes);
    const uint64_t pattern = prng_.below(4);  // zeros, ones, else chance
    for (uint8_t& byte : draft.data) {
      byte = pattern == 0 ? uint8_t{0} : pattern == 1 ? uint8_t{0xFF} : static_cast<uint8_t>(prng_.next());
    }
    return draft;
  }
  Draft from(bool peer, size_t data_bytes) {
    from_peer_ = !peer;
    return any(data_bytes);
  }
  void add(const std::string& name, const Draft& draft, OursAlone ours_alone = OursAlone::no, bool is_probe = false) {
    Bytes frame;
    draft.write(frame);
    requests_.push_back({.name = (is_v6_ ? "IPv6, " : "IPv4, ") + name + (from_peer_ ? ", peer" : ", stranger"),
                         .is_v6 = is_v6_,
                         .frames = {std::move(frame)},
                         .ours_alone = ours_alone,
                         .is_probe = is_probe});
  }

  [[nodiscard]] size_t header_bytes() const { return is_v6_ ? ipv6_header_bytes : ipv4_header_bytes; }
  [[nodiscard]] size_t data_bytes_max() const { return mtu_bytes - header_bytes() - icmp_header_bytes; }

  void sizes();
  void header_fields();
  void paddings();
  void tags();
  void checksums();
  void lengths();
  void types();
  void addresses();
  void fragments();
  void fragment(const std::string& name, const Draft& whole, size_t piece_bytes, bool backwards, bool all);
  void probes();
  void ipv4_options();
  void ipv6_extensions();

  sim::Prng prng_;
  uint64_t target_;
  bool is_v6_ = false;
  bool from_peer_ = false;
  std::vector<Request> requests_;
};

void Corpus::sizes() {
  for (size_t bytes = 0; bytes <= data_bytes_max(); ++bytes) {
    add(std::to_string(bytes) + " bytes", any(bytes));
  }
}

void Corpus::header_fields() {
  for (unsigned value = 0; value <= 0xFF; ++value) {
    Draft draft = any(56);
    draft.traffic_class = static_cast<uint8_t>(value);
    add("traffic class " + std::to_string(value), draft);
  }
  for (unsigned value = 0; value <= 0xFF; value += value < 8 ? 1 : 13) {
    Draft draft = any(57);
    draft.hops = static_cast<uint8_t>(value);
    add("hops " + std::to_string(value), draft);
  }
  Draft reserved = any(56);
  reserved.fragment = 0x8000;
  if (!is_v6_) {
    add("the reserved flag", reserved);
  }
}

void Corpus::paddings() {
  for (size_t bytes = 0; bytes <= 20; ++bytes) {
    Draft draft = any(bytes);
    const size_t ip_bytes = header_bytes() + icmp_header_bytes + bytes;
    draft.padding_bytes = ip_bytes < ethernet_payload_min ? ethernet_payload_min - ip_bytes : 0;
    add("padded to the least frame", draft);
  }
  for (size_t padding = 1; padding <= 20; ++padding) {
    Draft draft = any(56 + padding % 2);
    draft.padding_bytes = padding;
    add("padding of " + std::to_string(padding), draft);
  }
}

void Corpus::tags() {
  for (const uint16_t type : {type_c_tag, type_s_tag}) {
    for (const uint16_t vlan : std::initializer_list<uint16_t>{0, 1, 5, 4094, 4095}) {
      for (const bool peer : {true, false}) {
        Draft draft = from(peer, 56);
        draft.tags = 1;
        draft.tag[0] = {.type = type, .control = static_cast<uint16_t>(prng_.below(8) << 13U | vlan)};
        const bool answered = peer && vlan != 0;
        add("a tag", draft, answered ? OursAlone::tagged : OursAlone::no);
        draft.tags = 2;
        draft.tag[1] = {.type = type_c_tag, .control = static_cast<uint16_t>(prng_.below(0x1000))};
        add("two tags", draft, peer ? OursAlone::tagged : OursAlone::no);
        draft.tags = 3;
        draft.tag[2] = draft.tag[1];
        add("three tags", draft);
      }
    }
  }
}

void Corpus::checksums() {
  for (unsigned bit = 0; bit < 16; ++bit) {
    for (const bool peer : {true, false}) {
      Draft draft = from(peer, 56 + bit % 2);
      draft.icmp_checksum_difference = static_cast<uint16_t>(1U << bit);
      add("ICMP checksum wrong", draft, peer ? OursAlone::wrong_checksum : OursAlone::no);
      if (!is_v6_) {
        draft.icmp_checksum_difference = 0;
        draft.ip_checksum_difference = static_cast<uint16_t>(1U << bit);
        add("header checksum wrong", draft);
      }
    }
  }
  // A checksum of 0 where all is right, and its other form, which is right, too.
  for (const bool peer : {true, false}) {
    Draft draft = from(peer, 2);
    put<uint16_t>(draft.data.data(), 0);
    Bytes frame;
    draft.write(frame);
    put<uint16_t>(draft.data.data(), get<uint16_t>(frame.data() + frame.size() - draft.data.size() - 6));
    add("a checksum of zero", draft);
    draft.icmp_checksum_difference = 0xFFFF;
    add("a checksum of minus zero", draft);
  }
}

void Corpus::lengths() {
  for (const int difference : {-64, -57, -56, -55, -9, -8, -1, 1, 2, 8, 1000}) {
    for (const bool peer : {true, false}) {
      Draft draft = from(peer, 56);
      draft.length_difference = difference;
      // Cut within the message, its checksum covers what is not there.
      const bool is_cut = difference < 0 && difference >= -56;
      add("a length off by " + std::to_string(difference), draft,
          is_cut && peer ? OursAlone::wrong_checksum : OursAlone::no);
    }
  }
  for (const size_t cut : {1U, 2U, 8U, 56U, 60U, 64U, 70U}) {
    Draft draft = any(56);
    draft.cut_bytes = cut;
    add("a frame cut by " + std::to_string(cut), draft);
  }
}

void Corpus::types() {
  for (const uint8_t code : std::initializer_list<uint8_t>{1, 2, 255}) {
    Draft draft = any(56);
    draft.code = code;
    add("an echo request with a code", draft);
  }
  for (const uint8_t version : std::initializer_list<uint8_t>{0, 5, 15}) {
    Draft draft = any(56);
    draft.version = version;
    add("another version", draft);
  }
  Draft reply = any(56);
  reply.type = is_v6_ ? 129 : 0;
  add("an echo reply", reply);
  Draft other_family = any(56);
  other_family.protocol = is_v6_ ? protocol_icmp : protocol_icmpv6;
  add("the other family's ICMP", other_family);
}

void Corpus::addresses() {
  const std::vector<std::string> sources =
      is_v6_ ? std::vector<std::string>{"::", "::1", "ff02::1", "::ffff:10.9.0.2", "fd09::1"}
             : std::vector<std::string>{"0.0.0.0", "127.0.0.1", "224.0.0.1", "255.255.255.255", "10.9.0.255", "10.9.0.1"};
  for (const std::string& source : sources) {
    Draft draft = any(56);
    draft.source = ip_of(source);
    add("from " + source, draft);
  }
  const std::vector<std::string> destinations =
      is_v6_ ? std::vector<std::string>{"fd09::9", "::1", "::ffff:10.9.0.1"}
             : std::vector<std::string>{"10.9.0.9", "10.9.0.255", "255.255.255.255", "127.0.0.1"};
  for (const std::string& destination : destinations) {
    Draft draft = any(56);
    draft.destination = ip_of(destination);
    add("to " + destination, draft);
  }
  for (const uint8_t first : std::initializer_list<uint8_t>{0xFF, 0x03, 0x04}) {
    Draft draft = any(56);
    draft.to[0] = first;
    add("to another MAC", draft);
  }
}

// One frame a piece. IPv6 pieces carry a fragment header.
void Corpus::fragment(const std::string& name, const Draft& whole, size_t piece_bytes, bool backwards, bool all) {
  constexpr uint8_t fragment_header = 44;
  Bytes frame;
  whole.write(frame);
  const Bytes message(frame.begin() + static_cast<ptrdiff_t>(ethernet_header_bytes + header_bytes()), frame.end());
  std::vector<Bytes> pieces;
  const auto identification = static_cast<uint32_t>(prng_.next());
  for (size_t at = 0; at < message.size(); at += piece_bytes) {
    const size_t bytes = std::min(piece_bytes, message.size() - at);
    const bool is_last = at + bytes == message.size();
    Bytes piece(frame.begin(), frame.begin() + static_cast<ptrdiff_t>(ethernet_header_bytes + header_bytes()));
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
    piece.insert(piece.end(), message.begin() + static_cast<ptrdiff_t>(at),
                 message.begin() + static_cast<ptrdiff_t>(at + bytes));
    pieces.push_back(std::move(piece));
  }
  if (backwards) {
    std::reverse(pieces.begin(), pieces.end());
  }
  pieces.resize(all ? pieces.size() : pieces.size() - 1);
  requests_.push_back({.name = (is_v6_ ? "IPv6, " : "IPv4, ") + name, .is_v6 = is_v6_, .frames = std::move(pieces)});
}

void Corpus::fragments() {
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

void Corpus::probes() {
  for (const bool peer : {true, false}) {
    for (unsigned number = 1; number <= 8; ++number) {
      Draft draft = from(peer, 0);
      ProbeFields probe{.number = number, .sender = prng_.next(), .target = target_, .nonce = prng_.next()};
      probe.write(draft.data);
      add("a probe", draft, OursAlone::no, true);
      probe.target = ~target_;
      probe.write(draft.data);
      add("a probe for another", draft);
      probe.target = target_;
      probe.write(draft.data);
      draft.icmp_checksum_difference = 0x0100;
      add("a probe with a wrong checksum", draft);
    }
  }
}

void Corpus::ipv4_options() {
  // Well-formed ones, then what is wrong with the last byte of them.
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
        Bytes frame;
        draft.write(frame);
        std::copy(bytes.begin(), bytes.end(),
                  frame.begin() + static_cast<ptrdiff_t>(ethernet_header_bytes + ipv4_header_bytes));
        mend_ipv4_checksum(frame);
        add(std::string("options: ") + name, draft);
        requests_.back().frames.front() = frame;
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

void Corpus::ipv6_extensions() {
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
        Bytes frame;
        draft.write(frame);
        std::copy(bytes.begin(), bytes.end(),
                  frame.begin() + static_cast<ptrdiff_t>(ethernet_header_bytes + ipv6_header_bytes));
        add("extension header " + std::to_string(number) + ": " + name, draft);
        requests_.back().frames.front() = frame;
      }
    }
  }
}

}  // namespace

const char* name_of(OursAlone reason) {
  constexpr std::array<const char*, 3> names{"no", "wrong_checksum", "tagged"};
  return names.at(static_cast<size_t>(reason));
}

std::vector<Request> make_corpus(uint64_t seed, uint64_t target) { return Corpus(seed, target).make(); }

}  // namespace buddyring::differential
