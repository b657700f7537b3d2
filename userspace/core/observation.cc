// SPDX-License-Identifier: Apache-2.0
#include "core/observation.h"

namespace buddyring {

const char* describe(AnswerClass answer_class) {
  switch (answer_class) {
    case AnswerClass::live:
      return "live";
    case AnswerClass::plain:
      return "host up, not a member";
    case AnswerClass::other_identity:
      return "another server answers at its address";
    case AnswerClass::not_member:
      return "agent up, not announced";
    case AnswerClass::other_incarnation:
      return "restarted under another incarnation";
    case AnswerClass::stale_lease:
      return "kernel up, agent not to be seen";
    case AnswerClass::stale_kept:
      return "kernel up, agent not to be seen, to be kept";
  }
  return "unknown";
}

}  // namespace buddyring
