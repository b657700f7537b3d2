// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "tests/compare/row.h"

namespace buddyring::compare {

std::span<const Row> all_rows() {
  static constexpr std::array rows{Row{"answer", answer},
                                   Row{"flood", flood},
                                   Row{"system-calls", system_calls},
                                   Row{"probe-cost", probe_cost},
                                   Row{"footprint", footprint},
                                   Row{"death-10ms", death_fast},
                                   Row{"death-1ms", death_fastest},
                                   Row{"death-busy", death_busy},
                                   Row{"death-default", death_default},
                                   Row{"starved", starved},
                                   Row{"load", load},
                                   Row{"scale", scale},
                                   Row{"router", router}};
  return rows;
}

}  // namespace buddyring::compare
