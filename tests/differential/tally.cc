// SPDX-License-Identifier: Apache-2.0
#include "tests/differential/tally.h"

#include <sstream>

namespace buddyring::differential {

const char* name_of(buddyring_verdict verdict) {
  constexpr std::array<const char*, BUDDYRING_VERDICTS> names{"PASS_NOT_IP",
                                                              "PASS_UNUSUAL_IP",
                                                              "PASS_OTHER_DESTINATION",
                                                              "PASS_NOT_ECHO",
                                                              "PASS_OTHER_DATAGRAM",
                                                              "PASS_UNKNOWN_ASKER",
                                                              "PASS_WRONG_TARGET",
                                                              "PASS_UNSEALED",
                                                              "PASS_UNKNOWN_KEY",
                                                              "PASS_BAD_SEAL",
                                                              "PASS_BAD_ICMP",
                                                              "PASS_BAD_UDP",
                                                              "PASS_FOREIGN_REPLY",
                                                              "ANSWERED_PLAIN",
                                                              "ANSWERED_PROBE",
                                                              "ARRIVED",
                                                              "DROP_UNMATCHED",
                                                              "DROP_DUPLICATE",
                                                              "DROP_REPLAYED",
                                                              "DROP_UNSEALED",
                                                              "DROP_UNKNOWN_KEY",
                                                              "DROP_BAD_SEAL",
                                                              "DEPARTED"};
  return names.at(verdict);
}

const char* name_of(buddyring_answer_class answer_class) {
  constexpr std::array<const char*, BUDDYRING_ANSWER_CLASSES> names{
      "LIVE", "PLAIN", "OTHER_IDENTITY", "NOT_MEMBER", "OTHER_INCARNATION", "STALE_LEASE", "STALE_KEPT"};
  return names.at(answer_class);
}

std::string Tally::text() const {
  std::ostringstream text;
  for (size_t verdict = 0; verdict < verdicts.size(); ++verdict) {
    if (verdict != BUDDYRING_DEPARTED) {
      text << "  " << name_of(static_cast<buddyring_verdict>(verdict)) << ' ' << verdicts[verdict] << ", at tc ingress "
           << verdicts_at_tc[verdict] << '\n';
    }
  }
  text << "  arrived as";
  for (size_t answer_class = 0; answer_class < classes.size(); ++answer_class) {
    text << (answer_class == 0 ? " " : ", ") << name_of(static_cast<buddyring_answer_class>(answer_class)) << ' '
         << classes[answer_class];
  }
  text << "\n  answered with 0, 1, 2 tags: IPv4 " << answered[0][0] << ", " << answered[0][1] << ", " << answered[0][2]
       << "; IPv6 " << answered[1][0] << ", " << answered[1][1] << ", " << answered[1][2];
  text << "\n  over UDP answered, arrived: IPv4 " << answered_over_udp[0] << ", " << arrived_over_udp[0] << "; IPv6 "
       << answered_over_udp[1] << ", " << arrived_over_udp[1];
  text << "\n  besides, " << departures << " frames through the egress program, " << verdicts[BUDDYRING_DEPARTED]
       << " of them DEPARTED\n";
  return text.str();
}

}  // namespace buddyring::differential
