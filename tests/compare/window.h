// SPDX-License-Identifier: Apache-2.0
// Window: a time in which nothing is done but waiting, and how long it really was.
#pragma once

#include "core/time.h"

namespace buddyring::compare {

// Returns the seconds that passed.
double let_pass(Duration duration);

}  // namespace buddyring::compare
