// SPDX-License-Identifier: Apache-2.0
// The corpus: echo requests as they may come over a network, good and bad, of
// every size that fits an MTU of 1500, and datagrams to the probe port, in both families.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/differential/frame.h"

namespace buddyring::differential {

// Why our program may answer where the stock kernel does not.
enum class OursAlone : uint8_t {
  no,
  wrong_checksum,  // the answer is as wrong as the request was
  tagged,          // the host has no interface in that VLAN; the program leaves tags in place
  udp_probe,       // nobody is at the probe port, which the stock kernel says
  count,
};
inline constexpr auto ours_alone_reasons = static_cast<size_t>(OursAlone::count);
[[nodiscard]] const char* name_of(OursAlone reason);

struct Request {
  std::string name;
  bool is_v6 = false;
  std::vector<Bytes> frames;  // several when it comes in fragments
  OursAlone ours_alone = OursAlone::no;
  bool is_probe = false;  // for the server that is asked: its answer has fields of its own
};

// The same for the same seed. `target`: the identity of the server asked.
[[nodiscard]] std::vector<Request> make_corpus(uint64_t seed, uint64_t target);

}  // namespace buddyring::differential
