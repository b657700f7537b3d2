// SPDX-License-Identifier: Apache-2.0
// UdpAnswer: what comes back for a probe over UDP. Nobody is bound to the probe port of
// either host, so the stock kernel says that (RFC 1122, 3.2.2.1; RFC 4443, 3.1). Ours must
// send the datagram back as an echo there would (RFC 862), with the answerer's fields in it.
#pragma once

#include <string>
#include <vector>

#include "tests/differential/frame.h"

namespace buddyring::differential {

// What is not so, as text, or nothing.
[[nodiscard]] std::string judge_udp_answer(const Bytes& probe, const std::vector<Bytes>& ours,
                                           const std::vector<Bytes>& stocks);

}  // namespace buddyring::differential
