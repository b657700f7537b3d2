// SPDX-License-Identifier: Apache-2.0
// HardwareStamps: the XDP program that takes a card's stamps of what arrives, loaded
// for one interface, in place of the one that does not.
//
// Theory of operation. The program is an object of its own (bpf/hardware_stamps.bpf.c)
// and works on the maps of the other one, so the two can be exchanged at any time. The
// kernel binds it to the interface. Kernels from 6.3 on have a fault there: for the
// interface they keep a note of where the program lies, and when they have moved it
// while loading, that note is followed into freed memory once the interface goes away,
// with the lock held that all network settings need. They move a program that grows
// beyond the pages it was given in, and one whose constants they blind. So the object
// is given with room to spare, and what was loaded is looked at: if it is longer than it was
// given, it may have been moved, and is dropped while the interface is still there, which
// is safe. Where constants are blinded, nothing is loaded (constant_blinding.h).
#pragma once

#include "core/result.h"
#include "kernel/skeleton.h"
#include "posix/fd.h"

namespace buddyring {

// The program, for the interface `ifindex` and on the maps of `plain`; or why this kernel
// or this interface is not to have it.
[[nodiscard]] Result<Fd> load_hardware_stamps(const Skeleton& plain, unsigned ifindex);

}  // namespace buddyring
