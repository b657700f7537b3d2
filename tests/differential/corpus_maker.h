// SPDX-License-Identifier: Apache-2.0
// CorpusMaker: the requests of the corpus, one kind after the other. What varies
// in the fields of a header is in corpus_fields.cc; what comes between the header
// and the message, or in its place, is in corpus_extras.cc; what comes over UDP, in
// corpus_datagrams.cc.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/differential/corpus.h"
#include "tests/differential/draft.h"
#include "tests/sim/prng.h"

namespace buddyring::differential {

class CorpusMaker {
 public:
  CorpusMaker(uint64_t seed, uint64_t target) : prng_(seed, 0), target_(target) {}

  [[nodiscard]] std::vector<Request> make();

 private:
  // A request whose fields are good and drawn; of the peer or of the stranger by turns.
  [[nodiscard]] Draft any(size_t data_bytes);
  [[nodiscard]] Draft from(bool peer, size_t data_bytes);
  void add(const std::string& name, const Draft& draft, OursAlone ours_alone = OursAlone::no, bool is_probe = false);
  // The same with `bytes` over what follows the fixed IP header.
  void add_with(const std::string& name, const Draft& draft, const Bytes& bytes);
  [[nodiscard]] size_t header_bytes() const { return is_v6_ ? ipv6_header_bytes : ipv4_header_bytes; }
  [[nodiscard]] size_t data_bytes_max() const;

  void sizes();
  void header_fields();
  void paddings();
  void tags();
  void checksums();
  void lengths();
  void types();
  void addresses();
  void probes();

  // A probe for the server asked, or an answer, over UDP to its probe port.
  [[nodiscard]] Draft datagram(bool peer, uint8_t kind);
  void udp_probes();
  void other_datagrams();

  void fragments();
  void fragment(const std::string& name, const Draft& whole, size_t piece_bytes, bool backwards, bool all);
  // The bytes of a message from `at` on, as a packet of their own.
  [[nodiscard]] Bytes piece_of(const Bytes& frame, size_t at, size_t bytes, uint32_t identification) const;
  void ipv4_options();
  void ipv6_extensions();

  sim::Prng prng_;
  uint64_t target_;
  bool is_v6_ = false;
  bool from_peer_ = false;
  std::vector<Request> requests_;
};

}  // namespace buddyring::differential
