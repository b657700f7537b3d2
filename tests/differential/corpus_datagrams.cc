// SPDX-License-Identifier: Apache-2.0
#include <initializer_list>
#include <tuple>

#include "tests/differential/corpus_maker.h"
#include "tests/differential/wire.h"

namespace buddyring::differential {

Draft CorpusMaker::datagram(bool peer, uint8_t kind) {
  Draft draft = from(peer, 0);
  draft.protocol = protocol_udp;
  draft.source_port = prng_.chance(0.5) ? probe_port : static_cast<uint16_t>(1 + prng_.below(0xFFFF));
  draft.destination_port = probe_port;
  const ProbeFields probe{
      .kind = kind, .number = 1 + prng_.below(1000), .sender = prng_.next(), .target = target_, .nonce = prng_.next()};
  probe.write(draft.data);
  return draft;
}

// Probes that are answered: of whoever asks, from whatever port.
void CorpusMaker::udp_probes() {
  for (const bool peer : {true, false}) {
    for (int times = 0; times < 16; ++times) {
      add("a probe over UDP", datagram(peer, 1), OursAlone::udp_probe);
    }
    Draft without = datagram(peer, 1);
    without.without_checksum = true;
    add("a probe over UDP without a checksum", without, is_v6_ ? OursAlone::no : OursAlone::udp_probe);
    for (const unsigned tags : {1U, 2U}) {
      Draft tagged = datagram(peer, 1);
      tagged.tags = tags;
      tagged.tag[0] = {.type = type_s_tag, .control = 5};
      tagged.tag[1] = {.type = type_c_tag, .control = 6};
      add("a probe over UDP under tags", tagged, OursAlone::tagged);
    }
  }
}

// Nearly probes, all of which are the stack's.
void CorpusMaker::other_datagrams() {
  for (const bool peer : {true, false}) {
    for (size_t bytes : {size_t{0}, size_t{1}, size_t{79}, size_t{80}, size_t{81}, data_bytes_max()}) {
      Draft other = datagram(peer, 1);
      other.data = from(peer, bytes).data;
      add("a datagram of " + std::to_string(bytes) + " bytes", other);
    }
    for (const size_t at : {0U, 4U, 5U, 24U, 64U}) {  // magic, version, kind, target, key
      Draft nearly = datagram(peer, 1);
      nearly.data[at] ^= 0x80U;
      add("a datagram, no probe by its byte " + std::to_string(at), nearly);
    }
    add("a foreign answer over UDP", datagram(peer, 2));
    for (const int difference : {-80, -8, -1, 1, 1000}) {
      Draft odd = datagram(peer, 1);
      odd.datagram_length_difference = difference;
      add("a datagram's length off by " + std::to_string(difference), odd);
    }
    for (const auto& [name, source, destination] : std::initializer_list<std::tuple<const char*, uint16_t, uint16_t>>{
             {"from port 0", 0, probe_port}, {"to port 0", probe_port, 0}, {"to another port", probe_port, 7947}}) {
      Draft elsewhere = datagram(peer, 1);
      elsewhere.source_port = source;
      elsewhere.destination_port = destination;
      add(std::string("a probe over UDP ") + name, elsewhere);
    }
    Draft wrong = datagram(peer, 1);
    wrong.checksum_difference = 0x0100;
    add("a probe over UDP with a wrong checksum", wrong);
  }
}

}  // namespace buddyring::differential
