// SPDX-License-Identifier: Apache-2.0
// AdoptedMaps: the maps that an earlier agent left pinned, taken over by the
// programs of the next one, so that what they hold goes on without a gap.
#pragma once

#include <string>

struct bpf_object;

namespace buddyring {

// Makes the opened `object` use the maps pinned in `folder` under its own maps'
// names instead of new ones, but for the one that is never pinned. False when not all of them are there: then it uses
// none of them. Throws StartupError when one has another layout.
[[nodiscard]] bool adopt_maps(bpf_object* object, const std::string& folder);

}  // namespace buddyring
