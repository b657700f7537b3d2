// SPDX-License-Identifier: Apache-2.0
// StartupMemory: what only a start needed, and is in RAM for no other reason.
//
// Theory of operation. A start runs through code and constants of many libraries that are never
// needed again, and the kernel maps the pages around each besides. All of them are unmapped: they are pages of
// files, which come back, a few at a time, as they are used. What is written to, by us or by the
// loader, stays, and so does the heap but for what is free in it.
#pragma once

namespace buddyring {

// Not with locked memory, which is to stay. Other threads may run meanwhile.
void release_startup_memory();

}  // namespace buddyring
