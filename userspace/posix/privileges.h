// SPDX-License-Identifier: Apache-2.0
// Giving up, for good, the capabilities that only a start needs.
//
// Theory of operation. Capabilities belong to a thread, and threads made later have
// those of who made them: so the first thread gives up what it can do without, and one that
// was made before does so itself. What we start besides (checks of a service's health) gets
// none, whether we are root or have ambient ones. docs/privileges.md has what is left.
#pragma once

#include <span>

#include "core/result.h"

namespace buddyring {

// Programs that this process starts from now on do not inherit ambient capabilities.
// Its own stay.
void keep_ambient_capabilities_from_children();

// Of the calling thread: leaves it those of `kept` (as linux/capability.h numbers them) that it
// has, and no bounding set where it may change that; nothing that it executes gains
// privileges any more.
Status drop_privileges(std::span<const int> kept);

}  // namespace buddyring
