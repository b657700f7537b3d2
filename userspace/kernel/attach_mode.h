// SPDX-License-Identifier: Apache-2.0
// AttachMode: by which way an operator wants frames to come to our program.
#pragma once

namespace buddyring {

enum class AttachMode {
  automatic,  // native, else generic, else, where another program has the XDP slot, tc
  native,
  generic,
  tc,
};

}  // namespace buddyring
